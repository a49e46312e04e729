#pragma once

#include "domain/handler_registry.hpp"
#include "domain/metrics/metric_rule.hpp"

#include <vector>

namespace weir {

/// Registers every handler that is linked in: one line each.
/// @param policy for handlers that have no reason for another one.
/// @param demo whether the failing handlers of `demo/` are wanted.
/// @param metrics as `parse_metric_rules` gives them; without any, nothing is counted.
/// @returns `errc::bad_config` when a name is taken already.
status register_builtin_handlers(handler_registry& registry, retry_policy policy, run_limits limits, bool demo,
                                 std::vector<metric_rule> metrics = {});

} // namespace weir
