#pragma once

#include "actors/job_skip.hpp"
#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <variant>

namespace weir::actors {

struct dead_letter_state {
  static inline const char* name = "dead_letter";

  explicit dead_letter_state(dead_letter_actor::pointer actor) : self(actor) {
    // nop
  }

  void take_custody(const letters_committed& msg);
  void note_mode(const job_mode_changed& msg);
  void discarded(const letter_discarded& msg);
  void skipped(job_committed& msg);
  void operate(const ask_node& msg);
  void publish_counts();

  dead_letter_actor::pointer self;
  services_ptr services;

private:
  /// A change on its way to the log.
  struct letter_change {
    bool undo = false;
    std::shared_ptr<ask_reply> reply;
  };
  struct skip_under_way {
    skip_plan plan;
    std::shared_ptr<ask_reply> reply;
  };

  void replay(const std::string& letter_id, const ask_node& msg);
  void replay_event_again(const ask_node& msg);
  void change_letter(const ask_node& msg, bool undo);
  void skip(const ask_node& msg);
  void announce(const skip_plan& done);

  std::unordered_map<std::uint64_t, letter_change> changes_;
  std::unordered_map<std::uint64_t, skip_under_way> skips_;
  std::unordered_set<job_id> parked_;
  std::uint64_t cookie_ = 0;
};

/// Has INGEST take in the event that a dead letter becomes; `reply` is called
/// once, on any thread.
void submit_replay(const node_services& services, event again, const std::string& letter_id,
                   std::function<void(std::variant<submission_answer, refusal>)> reply);

/// The DEAD LETTER actor has custody of what needs an operator: it counts,
/// replays, discards and restores single letters, and steps over events of
/// jobs that are held. The letters themselves are in the store.
///
/// Data path    actors/job -> actors/dead_letter -> actors/ingest
/// Owns         the verbs on one dead letter and on a held job; the set of parked jobs.
/// Supervisor   actors/node_supervisor: restart.
/// On start     reads the number of open letters from the store.
/// Quits on     an exception, and when the node stops.
/// Never        deletes an event; moves the cursor of a job that is active.
dead_letter_actor::behavior_type dead_letters(dead_letter_actor::stateful_pointer<dead_letter_state> self,
                                              services_ptr services);

} // namespace weir::actors
