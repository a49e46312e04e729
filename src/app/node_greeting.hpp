#pragma once

#include "actors/node_services.hpp"
#include "app/cli_hooks.hpp"
#include "app/config.hpp"
#include "app/descriptors.hpp"
#include "net/server.hpp"
#include "storage/embedded_store.hpp"

#include <chrono>

namespace weir::app {

/// A node that takes events, and how it came to that.
struct ready_node {
  const config& settings;
  const node_flags& flags;
  const actors::node_services& services;
  const net::server_endpoints& at;
  const storage::recovery_report& found;
  const descriptor_plan& descriptors;
  std::chrono::milliseconds took{0}; ///< since the program began
};

/// Logs that it is ready and what was found at start; with `weir dev` also
/// tells the person who watches where everything is.
void greet(const ready_node& node);

} // namespace weir::app
