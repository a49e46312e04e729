#pragma once

#include "actors/node_services.hpp"
#include "actors/store_lanes.hpp"

#include <caf/stateful_actor.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace weir::actors {

struct store_writer_state {
  static inline const char* name = "store_writer";

  explicit store_writer_state(store_writer_actor::pointer actor) : self(actor) {
    // nop
  }

  void append(append_events& msg);
  void commit(commit_job& msg);
  void discard(discard_letter& msg);
  void fire(fire_timers& msg);

  /// Writes groups while nothing else waits in the mailbox, or one is full.
  void flush_if_due();

  store_writer_actor::pointer self;
  services_ptr services;
  group_limits options;

private:
  template <class T>
  struct asked {
    caf::strong_actor_ptr by;
    std::uint64_t cookie = 0;
    T what;
  };

  void add(store_request request);
  /// Moves the next group into the batch. @returns its events.
  std::size_t take_group();
  void take(append_events& msg, caf::strong_actor_ptr by);
  void take(commit_job& msg, caf::strong_actor_ptr by);
  void take(discard_letter& msg, caf::strong_actor_ptr by);
  void take(fire_timers& msg, caf::strong_actor_ptr by);
  void flush();
  void answer(storage::write_outcome& outcome);
  void answer_all(const error& why);
  void answer_timers(storage::write_outcome& outcome);
  static void gather(result<storage::append_result>& appended, events_accepted& onward);
  /// Gathers what handlers and timers made, and tells the TIMER what to wait for.
  void hand_on(storage::write_outcome& outcome, events_accepted& onward) const;
  /// Counts what jobs hold and no longer hold.
  void account_held(const storage::write_outcome& outcome);
  void account_appended(job_holdings& held, std::size_t which, const result<storage::append_result>& appended) const;
  void account(const storage::write_outcome& outcome);

  store_lanes lanes_;
  // The group that is written.
  std::vector<asked<bool>> appends_;                                 ///< whether its events are counted as held
  std::vector<asked<std::shared_ptr<storage::job_commit>>> commits_; ///< empty until they are given back
  std::vector<asked<std::string>> discards_;
  std::vector<asked<std::size_t>> fires_; ///< `what`: how many timers
  storage::write_batch batch_;
  bool failed_ = false;
};

/// The STORE WRITER makes durable what waits: one group, one sync, all answers.
///
/// Data path    actors/ingest, actors/job, actors/timer -> actors/store_writer -> storage/store
/// Owns         the write side of the store; nobody else writes.
/// Supervisor   actors/node_supervisor: never restarted, the node exits.
/// On start     holds nothing; the store was opened and recovered before.
/// Quits on     an exception, and when the node stops.
/// Never        acknowledges before the store said that it is durable.
store_writer_actor::behavior_type store_writer(store_writer_actor::stateful_pointer<store_writer_state> self,
                                               services_ptr services, group_limits options);

} // namespace weir::actors
