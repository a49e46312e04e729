#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <memory>

namespace weir::actors {

struct rehearser_state {
  static inline const char* name = "rehearser";
};

/// Takes one question and leaves.
using rehearser_actor = caf::typed_actor<caf::reacts_to<ask_node>>;

/// A REHEARSER runs the node's handlers over a stretch of a job's logged
/// events and answers the difference. One per question, on a thread of its own.
///
/// Data path    actors/inspector -> actors/rehearser -> storage/store
/// Owns         the shadow of one job: handlers and state of its own.
/// Supervisor   nobody: the question is answered when it dies, and asked again.
/// On start     holds nothing.
/// Quits on     its answer, and an exception.
/// Never        writes, and never talks to the job.
rehearser_actor::behavior_type rehearser(rehearser_actor::stateful_pointer<rehearser_state> self,
                                         services_ptr services);

} // namespace weir::actors
