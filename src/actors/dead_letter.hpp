#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::actors {

struct dead_letter_state {
  static inline const char* name = "dead_letter";

  explicit dead_letter_state(dead_letter_actor::pointer actor) : self(actor) {
    // nop
  }

  void take_custody(const letters_committed& msg);
  void note_mode(const job_mode_changed& msg);
  void discarded(const letter_discarded& msg);
  void operate(const ask_node& msg);
  void publish_counts();

  dead_letter_actor::pointer self;
  services_ptr services;

private:
  /// One bulk action on its way: answered when every letter has its answer.
  struct bulk;

  [[nodiscard]] result<std::vector<dead_letter>> select(const ask_node& msg, bool& dry_run) const;
  void replay(const dead_letter& letter, const event_ptr& original, const std::shared_ptr<bulk>& into);

  std::unordered_map<std::uint64_t, std::shared_ptr<bulk>> discards_;
  std::unordered_set<job_id> parked_;
  std::uint64_t cookie_ = 0;
};

/// The DEAD LETTER actor has custody of what needs an operator: it counts,
/// replays and discards. The letters themselves are in the store.
///
/// Data path    actors/job -> actors/dead_letter -> actors/ingest
/// Owns         the verbs on dead letters; the set of parked jobs.
/// Supervisor   actors/node_supervisor: restart.
/// On start     reads the number of open letters from the store.
/// Quits on     an exception, and when the node stops.
/// Never        deletes an event: discarding changes a letter's state.
dead_letter_actor::behavior_type dead_letters(dead_letter_actor::stateful_pointer<dead_letter_state> self,
                                              services_ptr services);

} // namespace weir::actors
