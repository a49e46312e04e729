#include "actors/actor_basics.hpp"
#include "actors/shard.hpp"

// What leaves memory, and what then finds room in it.

namespace weir::actors {

void shard_state::forget_if_idle(const job_id& job) {
  auto* const found = slots_.find(job);
  if (found == nullptr)
    return;
  const auto& where = found->value;
  // A job that crashed lately keeps its slot: its budget must not be forgotten
  // by leaving memory. A held one keeps it so that nobody starts it.
  if (where.child || where.in_backoff || where.mode != job_mode::active || where.budget.total() > 0 ||
      is_waiting_.contains(job)) {
    if (where.card && where.mode == job_mode::active)
      where.card->state = actor_state::stopped;
    return;
  }
  services->board.remove("job:" + job);
  slots_.erase(*found);
}

void shard_state::start_waiting_jobs() {
  while (!waiting_.empty() && active_ < services->options.max_active_jobs) {
    auto job = std::move(waiting_.front());
    waiting_.pop_front();
    is_waiting_.erase(job);
    run(job, slot_of(job));
  }
}

void shard_state::sweep() {
  auto now = services->now_us();
  auto idle_us = std::chrono::microseconds{services->options.idle_passivate}.count();
  slots_.each([&](const slot_map::entry& known) {
    const auto& where = known.value;
    if (where.child && (now - where.card->active_us > idle_us || !waiting_.empty()))
      self->send(where.child, passivate_job{});
  });
  if (services->options.threads)
    self->delayed_send(self, services->options.sweep, tick_sweep{});
}

void shard_state::drain() {
  draining_ = true;
  slots_.each([this](const slot_map::entry& known) {
    if (known.value.child)
      self->send(known.value.child, stop_job{});
  });
  quit_when_empty();
}

void shard_state::quit_when_empty() const {
  if (draining_ && active_ == 0)
    self->quit();
}

} // namespace weir::actors
