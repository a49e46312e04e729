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

/// A job that has not begun to run, and is itself near by now; null when it is none.
const job_state* near_job(caf::resumable* waiting) {
  return typeid(*waiting) == typeid(far_actor) ? &static_cast<far_actor*>(waiting)->state : nullptr;
}

} // namespace

void run_queue::push(caf::resumable* job) {
  auto wakes = false;
  {
    const std::scoped_lock hold{lock_};
    jobs_.push_back(job);
    // Also when one was woken before and has not got here: a signal that got lost costs a moment, not a thread.
    wakes = asleep_ > 0;
  }
  if (wakes)
    news_.notify_one();
}

caf::resumable* run_queue::take() {
  auto* job = jobs_.front();
  jobs_.pop_front();
  return job;
}

caf::resumable* run_queue::pop() {
  std::unique_lock hold{lock_};
  ++asleep_;
  news_.wait(hold, [this] { return !jobs_.empty(); });
  --asleep_;
  auto* job = take();
  // Under the lock: what is in here runs nowhere, and lives.
  if (jobs_.size() > parts_ahead)
    if (const auto* waiting = near_job(jobs_[parts_ahead]))
      waiting->bring_parts_near();
  if (jobs_.size() > rest_ahead)
    if (const auto* waiting = near_job(jobs_[rest_ahead]))
      waiting->bring_rest_near();
  const auto* later = jobs_.size() > runs_ahead ? jobs_[runs_ahead] : nullptr;
  hold.unlock();
  if (later != nullptr)
    bring_near(later);
  return job;
}

caf::resumable* run_queue::try_pop() {
  const std::scoped_lock hold{lock_};
  return jobs_.empty() ? nullptr : take();
}

void use_run_queue(caf::actor_system_config& config, std::size_t threads) {
  config.set("scheduler.max-threads", threads);
  // An actor without a limit keeps its thread for itself.
  config.set("scheduler.max-throughput", std::size_t{100});
  config.load<caf::scheduler::coordinator<run_queue_policy>>();
}

} // namespace weir::actors
