#include "actors/run_queue.hpp"

#include "actors/job.hpp"
#include "domain/prefetch.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <typeinfo>

namespace weir::actors {

namespace {

/// Those that there are many of.
using far_actor = caf::stateful_actor<job_state, job_actor::base>;

/// Enough for one to arrive while those before it run, few enough for it to be there still.
constexpr std::size_t runs_ahead = 6;
constexpr std::size_t parts_ahead = 3; ///< each thread takes some of those between
constexpr std::size_t rest_ahead = 1;

/// Of many actors most are in no cache. This one may be gone by now, and its memory that of another.
void bring_near(const caf::resumable* job) {
  constexpr std::size_t header = 64; ///< lies in front of an actor
  prefetch(reinterpret_cast<const char*>(job) - header, header + sizeof(far_actor));
}

/// Null when it is none. For whoever has just put something into its mailbox, and has it near.
const job_state* job_of(caf::resumable* actor) {
  return typeid(*actor) == typeid(far_actor) ? &static_cast<far_actor*>(actor)->state : nullptr;
}

} // namespace

void run_queue::push(caf::resumable* job) {
  auto wakes = false;
  const auto* far = job_of(job);
  {
    const std::scoped_lock hold{lock_};
    waiting_.push_back({job, far});
    // Also when one was woken before and has not got here: a signal that got lost costs a moment, not a thread.
    wakes = asleep_ > 0;
  }
  if (wakes)
    news_.notify_one();
}

caf::resumable* run_queue::take() {
  auto* job = waiting_.front().job;
  waiting_.pop_front();
  return job;
}

caf::resumable* run_queue::pop() {
  std::unique_lock hold{lock_};
  ++asleep_;
  news_.wait(hold, [this] { return !waiting_.empty(); });
  --asleep_;
  auto* job = take();
  if (waiting_.size() <= runs_ahead)
    return job; // it was touched a moment ago, or nobody could tell early enough
  // Under the lock: what is in here runs nowhere, and lives.
  if (const auto* far = waiting_[parts_ahead].far)
    far->bring_parts_near();
  if (const auto* far = waiting_[rest_ahead].far)
    far->bring_rest_near();
  const auto later = waiting_[runs_ahead];
  hold.unlock();
  if (later.far != nullptr)
    bring_near(later.job);
  return job;
}

caf::resumable* run_queue::try_pop() {
  const std::scoped_lock hold{lock_};
  return waiting_.empty() ? nullptr : take();
}

void use_run_queue(caf::actor_system_config& config, std::size_t threads) {
  config.set("scheduler.max-threads", threads);
  // An actor without a limit keeps its thread for itself.
  config.set("scheduler.max-throughput", std::size_t{100});
  config.load<caf::scheduler::coordinator<run_queue_policy>>();
}

} // namespace weir::actors
