#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/shard.hpp"

namespace weir::actors {

// -- what operators ask for -----------------------------------------------------

void shard_state::operate(const ask_node& msg) {
  const auto& verb = msg.what->verb;
  const auto& job = msg.what->parameters.at("job");
  if (verb == "job.pause") {
    set_mode(job, job_mode::paused, "paused by " + msg.what->who, msg.reply);
  } else if (verb == "job.resume") {
    set_mode(job, job_mode::active, "", msg.reply);
  } else if (verb == "job.passivate") {
    const auto* found = slots_.find(job);
    if (found != nullptr && found->value.child)
      self->send(found->value.child, passivate_job{});
    answer_job(*services, job, msg.reply);
  } else {
    msg.reply->bad(fail(errc::unsupported, "shards do not answer " + verb));
  }
}

void shard_state::set_mode(const job_id& job, job_mode mode, std::string reason, std::shared_ptr<ask_reply> reply) {
  storage::job_commit record;
  record.job = job;
  record.mode = mode;
  record.mode_reason = reason;
  record.at = services->now();
  write(std::move(record), {job, std::nullopt, mode, std::move(reason), std::move(reply)});
}

void shard_state::enter_mode(const job_id& job, job_mode mode, const std::string& reason) {
  auto& where = slot_of(job);
  where.mode = mode;
  if (auto letters = services->where.get()->dead_letters)
    self->send(letters, job_mode_changed{job, mode, reason});
  log::info("job.mode", {{log::key::job, job},
                         {log::key::detail, std::string{mode == job_mode::active   ? "active"
                                                        : mode == job_mode::paused ? "paused"
                                                                                   : "parked"}}});
  if (mode == job_mode::active) {
    where.in_backoff = false;
    where.budget.reset();
    where.missed_work = true; // a child that is just stopping is followed by another
    run(job, where);
    return;
  }
  if (where.child)
    self->send(where.child, stop_job{});
  if (!where.card)
    where.card = services->board.add("job:" + job, "job", card->id, services->now());
  where.card->state = mode == job_mode::paused ? actor_state::paused : actor_state::parked;
}

shard_actor::behavior_type shard(shard_actor::stateful_pointer<shard_state> self, services_ptr services,
                                 std::uint32_t index) {
  use_house_rules(self);
  auto& state = self->state;
  state.services = std::move(services);
  state.index = index;
  const auto& options = state.services->options;
  fair_queue_options fair;
  fair.quantum = static_cast<std::uint32_t>(options.commit_entries);
  state.turns = std::make_shared<turn_board>(fair, options.turns_at_once);
  const auto before = state.services->board.find(shard_card_id(index));
  state.card = state.services->board.add(shard_card_id(index), "shard", "shards", state.services->now());
  state.card->restarts = before ? before->restarts.load() : 0;
  state.card->state = actor_state::running;
  self->set_down_handler([self](caf::down_msg& msg) { self->state.child_down(msg); });
  if (state.services->options.threads)
    self->delayed_send(self, state.services->options.sweep, tick_sweep{});
  return {
      [self](const events_accepted& msg) { self->state.deliver(msg); },
      [self](const wake_jobs& msg) { self->state.wake(msg); },
      [self](const job_held& msg) { self->state.hold(msg); },
      [self](job_committed& msg) { self->state.written(msg); },
      [self](const ask_node& msg) { self->state.operate(msg); },
      [self](const drain_shard&) { self->state.drain(); },
      [self](const tick_restart& msg) { self->state.restart(msg); },
      [self](const tick_sweep&) { self->state.sweep(); },
  };
}

} // namespace weir::actors
