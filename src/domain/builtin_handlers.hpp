#pragma once

#include "domain/handler_registry.hpp"

namespace weir {

/// Registers every handler that is linked in: one line each.
/// @param policy for handlers that have no reason for another one.
/// @param demo whether the failing handlers of `demo/` are wanted.
/// @returns `errc::bad_config` when a name is taken already.
status register_builtin_handlers(handler_registry& registry, retry_policy policy, bool demo);

} // namespace weir
