#pragma once

#include "net/gateway.hpp"

#include <memory>

namespace weir::actors {
struct node_services;
} // namespace weir::actors

namespace caf {
class actor_system;
} // namespace caf

namespace weir::net {

/// The gateway to the actors of this process. Both must outlive it.
[[nodiscard]] std::unique_ptr<gateway> make_actor_gateway(caf::actor_system& system,
                                                          std::shared_ptr<actors::node_services> services);

} // namespace weir::net
