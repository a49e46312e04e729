#pragma once

#include "actors/node_services.hpp"
#include "actors/turn_board.hpp"
#include "domain/name_map.hpp"
#include "domain/probe_table.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace weir::actors {

struct shard_state {
  static inline const char* name = "shard";

  explicit shard_state(shard_actor::pointer actor) : self(actor) {
    // nop
  }

  ~shard_state();

  void deliver(const events_accepted& msg);
  void wake(const wake_jobs& msg);
  void child_down(const caf::down_msg& msg);
  void written(job_committed& msg);
  void restart(const tick_restart& msg);
  void hold(const job_held& msg);
  void operate(const ask_node& msg);
  void sweep();
  void drain();

  shard_actor::pointer self;
  services_ptr services;
  std::uint32_t index = 0;
  card_ptr card;
  std::shared_ptr<turn_board> turns;

private:
  /// A job that this shard knows. Jobs that are idle and not held have none.
  struct slot {
    job_actor child;
    card_ptr card;
    restart_budget budget;
    std::uint64_t incarnation = 0;
    sequence crashed_at = 0; ///< the cursor at the last crash
    job_mode mode = job_mode::active;
    bool in_backoff = false;
    bool missed_work = false; ///< events came while no child could take them
    std::vector<event_ptr> outgoing;
  };
  using slot_map = name_map<slot>;

  /// A write of this shard on its way: what follows when it is true.
  struct pending_write {
    job_id job;
    std::optional<std::chrono::milliseconds> restart_after;
    std::optional<job_mode> mode;
    std::string reason;
    std::shared_ptr<ask_reply> reply;
  };

  slot& slot_of(const job_id& job);
  /// Starts its actor, if it may have one now. What is not given to it with `first` it finds in the store.
  void run(const job_id& job, slot& where, first_events first = {});
  void spawn_child(const job_id& job, slot& where, first_events first);
  void crashed(const job_id& job, slot& where, const caf::error& reason);
  void write(storage::job_commit what, pending_write then);
  void set_mode(const job_id& job, job_mode mode, std::string reason, std::shared_ptr<ask_reply> reply);
  void enter_mode(const job_id& job, job_mode mode, const std::string& reason);
  void forget_if_idle(const job_id& job);
  void start_waiting_jobs();
  void quit_when_empty() const;

  slot_map slots_;
  probe_table<slot_map::entry*> by_child_; ///< those that have one
  std::deque<job_id> waiting_;             ///< jobs with work and no room for their actor
  std::unordered_set<job_id> is_waiting_;
  std::unordered_map<std::uint64_t, pending_write> writes_;
  std::size_t active_ = 0;
  std::uint64_t token_ = 0;
  bool draining_ = false;
};

/// A SHARD supervises the jobs of one hash bucket: starts them when there is
/// work, lets them take turns, restarts them with backoff and a budget of each job's own, parks
/// those that exceed it, and lets idle ones leave memory.
///
/// Data path    actors/router -> actors/shard -> actors/job
/// Owns         the job actors of its bucket and their restart budgets.
/// Supervisor   actors/node_supervisor: restart, five in a minute, then exit.
/// On start     holds nothing; unfinished jobs are named to it by the STORE READER.
/// Quits on     an exception, and when drained.
/// Never        handles an event, and never dies with a child.
shard_actor::behavior_type shard(shard_actor::stateful_pointer<shard_state> self, services_ptr services,
                                 std::uint32_t index);

/// The id of a shard's card: "shard:007".
[[nodiscard]] std::string shard_card_id(std::uint32_t index);

} // namespace weir::actors
