#include "actors/turn_board.hpp"

#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <algorithm>
#include <utility>

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
    allowance = queue_.allowance(key);
    if (allowance == 0) {
      queue_.enter(key, rank, wanted);
      allowance = give(key, others);
      if (allowance == 0)
        waiting_.try_emplace(key, job);
    }
  }
  tell(others);
  return allowance;
}

void turn_board::finish(const caf::actor_addr& job, std::uint32_t cost) {
  std::vector<caf::actor_addr> others;
  {
    const std::lock_guard lock{mutex_};
    if (!queue_.finish(job.id(), cost))
      return;
    (void)give(0, others);
  }
  tell(others);
}

void turn_board::leave(const caf::actor_addr& job) {
  std::vector<caf::actor_addr> others;
  {
    const std::lock_guard lock{mutex_};
    queue_.forget(job.id());
    waiting_.erase(job.id());
    (void)give(0, others);
  }
  tell(others);
}

std::uint32_t turn_board::give(std::uint64_t asking, std::vector<caf::actor_addr>& others) {
  std::uint32_t allowance = 0;
  while (queue_.turns() < at_once_) {
    const auto turn = queue_.next();
    if (!turn)
      break;
    auto waited = waiting_.extract(turn->key); // nobody, who gets a turn at once
    if (turn->key == asking)
      allowance = turn->allowance;
    else if (waited)
      others.push_back(std::move(waited.mapped()));
  }
  return allowance;
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
