#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

namespace weir::actors {

struct inspector_state {
  static inline const char* name = "inspector";

  explicit inspector_state(inspector_actor::pointer actor) : self(actor) {
    // nop
  }

  void answer(const ask_node& msg);

  inspector_actor::pointer self;
  services_ptr services;

private:
  void forward_to_job(const ask_node& msg);
  [[nodiscard]] result<actors::answer> verify(const question& what);
  /// Processing goes on by itself; this only looks again, at once.
  [[nodiscard]] result<actors::answer> process(const question& what);
  [[nodiscard]] result<actors::answer> back_up(const question& what);
};

/// The INSPECTOR answers operators from the counters that actors publish.
///
/// Data path    net/actor_gateway -> actors/inspector -> actors/router, actors/verifier, actors/backup
/// Owns         nothing.
/// Supervisor   actors/node_supervisor: restart.
/// On start     holds nothing.
/// Quits on     an exception, and when the node stops.
/// Never        asks an actor for what its card tells.
inspector_actor::behavior_type inspector(inspector_actor::stateful_pointer<inspector_state> self,
                                         services_ptr services);

} // namespace weir::actors
