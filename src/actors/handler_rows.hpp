#pragma once

#include "domain/handler_registry.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace weir::actors {

/// All type patterns of a handler.
[[nodiscard]] std::vector<std::string> handler_types(const handler_entry& entry);

/// What operators see of the handlers, one row each: name, kind, on, pattern
/// (the same as text), filtered (a filter has a say as well), description, retry, onExhausted; for those that run
/// elsewhere also limits and the runs of this moment. No addresses, no secrets.
[[nodiscard]] nlohmann::json handlers_json(const handler_registry& handlers);

} // namespace weir::actors
