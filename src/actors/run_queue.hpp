#pragma once

#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

namespace caf {
class actor_system_config;
} // namespace caf

namespace weir::actors {

struct job_state;

/// The actors that have something to do, for all threads that run them; who
/// comes first runs first. Any thread.
///
/// What CAF's own work sharing does, without its price: it takes memory for
/// each entry, and it wakes a thread while it holds the lock that this one
/// needs.
class run_queue {
public:
  void push(caf::resumable* job);

  /// Waits for one.
  [[nodiscard]] caf::resumable* pop();

  /// @returns null when there is none.
  [[nodiscard]] caf::resumable* try_pop();

private:
  struct entry {
    caf::resumable* job;
    const job_state* far; ///< of the actor of a job, null for others
  };

  [[nodiscard]] caf::resumable* take();

  std::mutex lock_;
  std::condition_variable news_;
  std::deque<entry> waiting_;
  std::size_t asleep_ = 0; ///< threads that wait
};

/// CAF's scheduler over one `run_queue`.
class run_queue_policy : public caf::policy::unprofiled {
public:
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator* /*of*/) {}
    run_queue jobs;
  };
  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator* /*of*/) {}
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* self, caf::resumable* job) {
    d(self).jobs.push(job);
  }
  template <class Worker>
  void external_enqueue(Worker* self, caf::resumable* job) {
    d(self->parent()).jobs.push(job);
  }
  template <class Worker>
  void internal_enqueue(Worker* self, caf::resumable* job) {
    d(self->parent()).jobs.push(job);
  }
  template <class Worker>
  void resume_job_later(Worker* self, caf::resumable* job) {
    d(self->parent()).jobs.push(job);
  }
  template <class Worker>
  caf::resumable* dequeue(Worker* self) {
    return d(self->parent()).jobs.pop();
  }
  template <class Worker, class Function>
  void foreach_resumable(Worker* /*self*/, Function /*visit*/) {
    // nop
  }
  template <class Coordinator, class Function>
  void foreach_central_resumable(Coordinator* self, Function visit) {
    while (auto* job = d(self).jobs.try_pop())
      visit(job);
  }
};

/// Lets the actors of a system run on so many threads, over one `run_queue`.
void use_run_queue(caf::actor_system_config& config, std::size_t threads);

} // namespace weir::actors
