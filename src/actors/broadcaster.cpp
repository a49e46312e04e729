#include "actors/broadcaster.hpp"

#include "actors/actor_basics.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>

namespace weir::actors {

broadcaster_state::~broadcaster_state() {
  for (const auto& [who, jobs] : joined_)
    for (const auto& [job, count] : jobs)
      services->audience.leave(job);
}

void broadcaster_state::publish(frames_committed& msg) {
  WEIR_FAILPOINT("broadcaster_message");
  if (!waiters_.empty())
    for (const auto& what : msg.settled)
      settle(what);
  auto found = audience_.find(msg.job);
  if (found == audience_.end() || msg.frames.empty())
    return;
  services->metrics->frames.add(static_cast<double>(msg.frames.size() * found->second.size()));
  live_frames news{msg.job, std::make_shared<const frame_batch>(std::move(msg.frames))};
  // One message for all: only the reference count is copied per receiver.
  auto shared = caf::make_message(std::move(news));
  for (const auto& listener : found->second)
    answer_to(caf::actor_cast<caf::strong_actor_ptr>(listener), shared);
}

void broadcaster_state::settle(const settled_event& what) {
  auto [first, last] = by_position_.equal_range(what.position);
  std::vector<std::uint64_t> tokens;
  for (auto it = first; it != last; ++it)
    tokens.push_back(it->second);
  by_position_.erase(first, last);
  for (auto token : tokens) {
    auto& who = waiters_.at(token);
    for (std::size_t i = 0; i < who.positions.size(); ++i) {
      if (who.positions[i] != what.position)
        continue;
      who.partial->items[i].seq = what.seq;
      who.partial->items[i].status = what.status;
      --who.open;
    }
    if (who.open > 0)
      continue;
    who.partial->waited = true;
    who.reply->good(std::move(*who.partial));
    waiters_.erase(token);
  }
}

void broadcaster_state::await(await_events& msg) {
  WEIR_FAILPOINT("broadcaster_message");
  auto token = ++token_;
  waiter who{std::move(msg.positions), 0, std::move(msg.partial), std::move(msg.reply), std::move(msg.seat)};
  for (auto position : who.positions) {
    if (position == 0)
      continue;
    by_position_.emplace(position, token);
    ++who.open;
  }
  if (who.open == 0) {
    who.partial->waited = true;
    who.reply->good(std::move(*who.partial));
    return;
  }
  waiters_.emplace(token, std::move(who));
  self->delayed_send(self, msg.wait, tick_deadline{token});
}

void broadcaster_state::expire(const tick_deadline& msg) {
  auto found = waiters_.find(msg.token);
  if (found == waiters_.end())
    return;
  for (auto position : found->second.positions) {
    auto [first, last] = by_position_.equal_range(position);
    for (auto it = first; it != last;)
      it = it->second == msg.token ? by_position_.erase(it) : std::next(it);
  }
  found->second.reply->good(std::move(*found->second.partial));
  waiters_.erase(found);
}

void broadcaster_state::join(const join_job& msg) {
  auto who = caf::actor_cast<subscriber_actor>(self->current_sender());
  auto& jobs = joined_[who.address()];
  if (jobs.empty())
    self->monitor(who);
  // Two subscriptions of one client to one job share a place: the client's
  // actor gives the frames to both.
  if (++jobs[msg.job] == 1) {
    services->audience.join(msg.job);
    audience_[msg.job].push_back(who);
  }
  self->send(who, job_joined{msg.sub});
}

void broadcaster_state::leave(const leave_job& msg) {
  auto who = caf::actor_cast<subscriber_actor>(self->current_sender());
  auto jobs = joined_.find(who.address());
  if (jobs == joined_.end())
    return;
  auto count = jobs->second.find(msg.job);
  if (count == jobs->second.end() || --count->second > 0)
    return;
  jobs->second.erase(count);
  services->audience.leave(msg.job);
  auto audience = audience_.find(msg.job);
  std::erase(audience->second, who);
  if (audience->second.empty())
    audience_.erase(audience);
  if (jobs->second.empty()) {
    joined_.erase(jobs);
    self->demonitor(who.address());
  }
}

void broadcaster_state::forget(const caf::down_msg& msg) {
  auto jobs = joined_.find(msg.source);
  if (jobs == joined_.end())
    return;
  for (const auto& [job, count] : jobs->second) {
    services->audience.leave(job);
    auto audience = audience_.find(job);
    if (audience == audience_.end())
      continue;
    std::erase_if(audience->second, [&](const auto& who) { return who.address() == msg.source; });
    if (audience->second.empty())
      audience_.erase(audience);
  }
  joined_.erase(jobs);
}

broadcaster_actor::behavior_type broadcaster(broadcaster_actor::stateful_pointer<broadcaster_state> self,
                                             services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->set_down_handler([self](caf::down_msg& msg) { self->state.forget(msg); });
  return {
      [self](frames_committed& msg) { self->state.publish(msg); },
      [self](await_events& msg) { self->state.await(msg); },
      [self](const join_job& msg) { self->state.join(msg); },
      [self](const leave_job& msg) { self->state.leave(msg); },
      [self](const tick_deadline& msg) { self->state.expire(msg); },
  };
}

} // namespace weir::actors
