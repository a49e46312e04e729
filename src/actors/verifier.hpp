#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

namespace weir::actors {

struct verifier_state {
  static inline const char* name = "verifier";

  explicit verifier_state(verifier_actor::pointer actor) : self(actor) {
    // nop
  }

  /// Runs the verification that waits, if one does; ends early when the node stops.
  void run();

  verifier_actor::pointer self;
  services_ptr services;

private:
  void tell(const std::string& id, const result<storage::verify_report>& found) const;
};

/// The VERIFIER has the store compare everything it holds.
///
/// Data path    actors/inspector -> actors/verifier -> storage/store
/// Owns         nothing; what was found stands on the board of verifications.
/// Supervisor   actors/node_supervisor: restart.
/// On start     gives up the run in which it crashed, if it did.
/// Quits on     an exception, and when the node stops.
/// Never        holds up a write or a read: it has a thread of its own.
verifier_actor::behavior_type verifier(verifier_actor::stateful_pointer<verifier_state> self, services_ptr services);

/// Answers verification.start and verification.get from the board.
[[nodiscard]] result<answer> answer_verification(node_services& services, const question& what);

} // namespace weir::actors
