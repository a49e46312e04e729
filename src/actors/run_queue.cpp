#include "actors/run_queue.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <memory>

namespace weir::actors {

class run_queue::guard {
public:
  explicit guard(pthread_mutex_t& lock) : lock_(lock) {
    pthread_mutex_lock(&lock_);
  }
  guard(const guard&) = delete;
  guard& operator=(const guard&) = delete;
  ~guard() {
    pthread_mutex_unlock(&lock_);
  }

private:
  pthread_mutex_t& lock_;
};

run_queue::run_queue() {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ADAPTIVE_NP);
  pthread_mutex_init(&lock_, &kind);
  pthread_mutexattr_destroy(&kind);
  pthread_cond_init(&news_, nullptr);
}

run_queue::~run_queue() {
  pthread_cond_destroy(&news_);
  pthread_mutex_destroy(&lock_);
}

void run_queue::push(caf::resumable* job) {
  auto wakes = false;
  {
    const guard hold{lock_};
    jobs_.push_back(job);
    // Also when one was woken before and has not got here: a signal that got lost costs a moment, not a thread.
    wakes = asleep_ > 0;
  }
  if (wakes)
    pthread_cond_signal(&news_);
}

caf::resumable* run_queue::take() {
  auto* job = jobs_.front();
  jobs_.pop_front();
  return job;
}

caf::resumable* run_queue::pop() {
  const guard hold{lock_};
  while (jobs_.empty()) {
    ++asleep_;
    pthread_cond_wait(&news_, &lock_);
    --asleep_;
  }
  return take();
}

caf::resumable* run_queue::try_pop() {
  const guard hold{lock_};
  return jobs_.empty() ? nullptr : take();
}

void use_run_queue(caf::actor_system_config& config, std::size_t threads) {
  config.set("scheduler.max-threads", threads);
  // An actor without a limit keeps its thread for itself.
  config.set("scheduler.max-throughput", std::size_t{100});
  config.load<caf::scheduler::coordinator<run_queue_policy>>();
}

} // namespace weir::actors
