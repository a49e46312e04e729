#pragma once

#include "actors/node_services.hpp"
#include "actors/store_group.hpp"
#include "actors/store_lanes.hpp"
#include "actors/sync_patience.hpp"

#include <caf/stateful_actor.hpp>

#include <chrono>
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

  /// Stages groups while nothing else waits in the mailbox, or one is full.
  void flush_if_due();

  /// Syncs what is staged, now that whatever came meanwhile is staged with it.
  void sync_when_due();

  /// Before it quits.
  void finish();

  store_writer_actor::pointer self;
  services_ptr services;
  group_limits options;

private:
  void add(store_request request);
  /// Calls the store; others see how long that takes.
  template <class Call>
  auto in_store(Call&& call);
  void stage_next();
  /// Hands the new events to their jobs before they are durable, unless that must wait for `answer`.
  void hand_out(store_group& group);
  [[nodiscard]] bool is_misled(const store_request& request) const;
  void refuse(const store_request& request);
  [[nodiscard]] bool may_be_early(const store_group& group, const events_written& news) const;
  [[nodiscard]] bool may_wait() const;
  /// @returns whether something came in time.
  [[nodiscard]] bool wait_for_mail();
  void sync();
  void send_out(events_written news);

  void note_failure(const error& why);
  void refuse_staged(const error& why);
  void account(const store_group& group);
  void answer(store_group& group);

  store_lanes lanes_;
  std::vector<store_group> staged_; ///< two at most: commits of the second one are of events of the first one
  sync_patience patience_;
  std::chrono::steady_clock::duration spent_{0}; ///< in the store, for what is staged
  bool is_tick_sent_ = false;
  bool has_waited_ = false; ///< what is staged has
  bool failed_ = false;
};

/// The STORE WRITER makes durable what waits: one group, one sync, all answers. Events are with their jobs before
/// that, so that a commit may become durable with the event that it finishes.
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
