#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

namespace weir::actors {

struct retention_state {
  static inline const char* name = "retention";

  explicit retention_state(retention_actor::pointer actor) : self(actor) {
    // nop
  }

  /// One turn; the next one follows at once while there is more to drop.
  void turn();

  retention_actor::pointer self;
  services_ptr services;
};

/// RETENTION has the store drop history that it need not keep.
///
/// Data path    actors/node_supervisor -> actors/retention -> storage/store
/// Owns         nothing; what may go is the store's decision.
/// Supervisor   actors/node_supervisor: restart.
/// On start     begins a turn.
/// Quits on     an exception, and when the node stops.
/// Never        holds up a write or a read: it has a thread of its own.
retention_actor::behavior_type retention(retention_actor::stateful_pointer<retention_state> self,
                                         services_ptr services);

} // namespace weir::actors
