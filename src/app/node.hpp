#pragma once

#include "app/cli_hooks.hpp"
#include "app/config.hpp"
#include "domain/handler_registry.hpp"

#include <vector>

namespace weir::app {

/// A handler that the program brought along.
struct own_handler {
  handler_entry entry;
  bool uses_configured_retry = true;
};

/// The composition root: picks the implementations, starts them in order,
/// waits for a signal and stops them in order.
/// @returns the exit code: 0 after a drain, 1 when the store cannot be
///   opened, 70 when the node gave up, 75 when the drain took too long, 78
///   for a configuration that cannot work.
int run_node(const config& settings, const node_flags& flags, const std::vector<own_handler>& own);

} // namespace weir::app
