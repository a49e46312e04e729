#pragma once

#include "domain/effects.hpp"
#include "domain/result.hpp"

#include <string>
#include <string_view>

namespace weir {

/// What a JSON answer asks for.
struct asked_effects {
  effects wanted;
  bool skip = false;
};

/// Reads {"emit":[{"type","data"?,"job"?,"after"?}],
/// "put":[{"collection"?,"key","document"}] or {"key":document},
/// "state":any, "sinks":{"name":[{..}]}, "skip":bool}; every member may be
/// missing. Values keep their bytes. Private to `read_handler_reply`.
/// @param collection of documents that name none.
/// @param job of the event that was handled.
/// @returns `validation_failed`; the detail begins with the JSON pointer.
[[nodiscard]] result<asked_effects> read_asked_effects(std::string_view body, const std::string& collection,
                                                       const job_id& job);

} // namespace weir
