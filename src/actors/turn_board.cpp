#include "actors/turn_board.hpp"

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <algorithm>

namespace weir::actors {

turn_board::turn_board(fair_queue_options options, std::size_t at_once)
    : quantum_(std::max<std::uint32_t>(options.quantum, 1)), at_once_(std::max<std::size_t>(at_once, 1)),
      queue_(options) {
  // nop
}

std::uint32_t turn_board::ask(const caf::actor_addr& job, event_priority rank, std::uint32_t wanted) {
  std::vector<caf::actor_addr> others;
  std::uint32_t allowance = 0;
  {
    const std::lock_guard lock{mutex_};
    const auto key = job.id();
    if (!queue_.in_turn(key)) {
      seats_[key].job = job;
      queue_.enter(key, rank, wanted);
      others = give(key);
    }
    allowance = seats_[key].allowance;
  }
  tell(others);
  return allowance;
}

void turn_board::finish(const caf::actor_addr& job, std::uint32_t cost) {
  std::vector<caf::actor_addr> others;
  {
    const std::lock_guard lock{mutex_};
    const auto key = job.id();
    if (!queue_.in_turn(key))
      return;
    queue_.finish(key, cost);
    seats_.erase(key);
    others = give(0);
  }
  tell(others);
}

void turn_board::leave(const caf::actor_addr& job) {
  std::vector<caf::actor_addr> others;
  {
    const std::lock_guard lock{mutex_};
    queue_.forget(job.id());
    seats_.erase(job.id());
    others = give(0);
  }
  tell(others);
}

std::vector<caf::actor_addr> turn_board::give(std::uint64_t asking) {
  std::vector<caf::actor_addr> told;
  while (queue_.turns() < at_once_) {
    const auto turn = queue_.next();
    if (!turn)
      break;
    auto& place = seats_[turn->key];
    place.allowance = turn->allowance;
    if (turn->key != asking)
      told.push_back(place.job);
  }
  return told;
}

void turn_board::tell(const std::vector<caf::actor_addr>& jobs) {
  // A job that is gone by now is missed by its shard, which gives its turn away.
  for (const auto& job : jobs)
    if (const auto alive = caf::actor_cast<job_actor>(job))
      caf::anon_send(alive, take_turn{});
}

std::size_t turn_board::waiting() const {
  const std::lock_guard lock{mutex_};
  return queue_.waiting();
}

std::uint32_t turn_board::quantum() const noexcept {
  return quantum_;
}

} // namespace weir::actors
