#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::actors {

struct broadcaster_state {
  static inline const char* name = "broadcaster";

  explicit broadcaster_state(broadcaster_actor::pointer actor) : self(actor) {
    // nop
  }
  broadcaster_state(const broadcaster_state&) = delete;
  broadcaster_state& operator=(const broadcaster_state&) = delete;
  ~broadcaster_state();

  void publish(frames_committed& msg);
  void await(await_events& msg);
  void join(const join_job& msg);
  void leave(const leave_job& msg);
  void expire(const tick_deadline& msg);
  void forget(const caf::down_msg& msg);

  broadcaster_actor::pointer self;
  services_ptr services;

private:
  /// A request that waits until all of its events are settled.
  struct waiter {
    std::vector<log_position> positions;
    std::size_t open = 0;
    std::shared_ptr<submission_answer> partial;
    std::shared_ptr<submit_reply> reply;
    std::shared_ptr<const void> seat;
  };

  void settle(const settled_event& what);

  std::unordered_map<job_id, std::vector<subscriber_actor>> audience_;
  std::unordered_map<caf::actor_addr, std::map<job_id, std::size_t>> joined_;
  std::unordered_map<std::uint64_t, waiter> waiters_;
  std::unordered_multimap<log_position, std::uint64_t> by_position_;
  std::uint64_t token_ = 0;
};

/// The BROADCASTER tells committed frames to every subscriber of the job, and
/// answers requests that wait for their events.
///
/// Data path    actors/job -> actors/broadcaster -> actors/subscriber
/// Owns         who listens to which job.
/// Supervisor   actors/node_supervisor: restart; clients reconnect and resume.
/// On start     nobody listens.
/// Quits on     an exception, and when the node stops.
/// Never        sees what is not committed, and never waits for a client.
broadcaster_actor::behavior_type broadcaster(broadcaster_actor::stateful_pointer<broadcaster_state> self,
                                             services_ptr services);

} // namespace weir::actors
