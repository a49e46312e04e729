#include "actors/router.hpp"

#include "actors/actor_basics.hpp"
#include "domain/placement.hpp"
#include "telemetry/failpoint.hpp"

namespace weir::actors {

void router_state::route(const events_accepted& msg) {
  WEIR_FAILPOINT("router_message");
  WEIR_FAILPOINT("before_dispatch");
  if (outgoing_.size() != shards.size())
    outgoing_.resize(shards.size());
  for (const auto& ev : msg.events) {
    auto shard = shard_of(ev->body.job, shard_total());
    if (outgoing_[shard].events.empty()) {
      touched_.push_back(shard);
      outgoing_[shard].retractions = msg.retractions;
    }
    outgoing_[shard].events.push_back(ev);
  }
  for (auto shard : touched_)
    self->send(shards[shard], std::exchange(outgoing_[shard], {}));
  touched_.clear();
}

void router_state::wake(const wake_jobs& msg) {
  WEIR_FAILPOINT("router_message");
  if (msg.jobs.empty())
    for (const auto& shard : shards)
      self->send(shard, msg);
  std::map<std::size_t, wake_jobs> split;
  for (const auto& job : msg.jobs)
    split[shard_of(job, shard_total())].jobs.push_back(job);
  for (auto& [shard, jobs] : split)
    self->send(shards[shard], std::move(jobs));
}

void router_state::forward(const ask_node& msg) {
  auto job = msg.what->parameters.find("job");
  if (job == msg.what->parameters.end() || job->second.empty()) {
    msg.reply->bad(fail(errc::bad_request, "the job is missing"));
    return;
  }
  self->send(shards[shard_of(job->second, shard_total())], msg);
}

void router_state::answer_roll() {
  services->health.answered_us = services->now_us();
}

void router_state::look_up_shards() {
  shards = services->where.get()->shards;
}

router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self, services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.look_up_shards();
  // Events that the one before had are missing in front of those to come.
  self->state.wake({});
  return {
      [self](const events_accepted& msg) { self->state.route(msg); },
      [self](const wake_jobs& msg) { self->state.wake(msg); },
      [self](const ask_node& msg) { self->state.forward(msg); },
      [self](const roll_call&) { self->state.answer_roll(); },
      [self](const shards_changed&) { self->state.look_up_shards(); },
  };
}

} // namespace weir::actors
