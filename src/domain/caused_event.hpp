#pragma once

#include "domain/event.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

/// An event that a handler asked for, traced back to its cause.
[[nodiscard]] event make_caused_event(const accepted_event& cause, job_id job, std::string id, std::string type,
                                      std::string data);

/// A UUID (version 5) that is the same in every run. @param word keeps the ids
/// of each effect apart, and all of them from those of `context::uuid`.
[[nodiscard]] std::string caused_id(std::string_view word, const accepted_event& cause, const std::string& handler,
                                    std::size_t ordinal);

} // namespace weir
