#include "actors/subscriber.hpp"

#include "actors/actor_basics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::actors {

namespace {

/// Behind every number: such a page has bounds and no entries.
constexpr sequence no_entries = sequence{1} << 53;

/// Asked to come back at once: another actor serves it then.
constexpr std::uint16_t close_reconnect = 4000;

} // namespace

subscriber_state::~subscriber_state() {
  if (card)
    services->board.remove(card->id);
}

void subscriber_state::subscribe(client_subscribe& msg) {
  auto sub = msg.what.sub;
  auto here = services->where.get();
  if (streams_.contains(sub) || !here->broadcaster) {
    auto why = here->broadcaster ? fail(errc::already_subscribed, fmt::format("subscription {} exists", sub))
                                 : fail(errc::not_ready, "the node is starting or stopping");
    push({subscription_refused{sub, msg.what.reply_to, std::move(why)}});
    return;
  }
  auto job = msg.what.job;
  streams_.emplace(sub, stream{std::move(msg.what)});
  card->held = streams_.size();
  // First the live feed, then the bounds: what commits in between comes twice
  // and is recognised, and never not at all.
  depend_on(here->broadcaster);
  self->send(here->broadcaster, join_job{std::move(job), sub});
}

void subscriber_state::joined(const job_joined& msg) {
  auto found = streams_.find(msg.sub);
  if (found == streams_.end())
    return;
  auto& what = found->second;
  auto after = sequence{0};
  if (const auto* position = std::get_if<stream_position>(&what.join.request().start))
    after = position->seq;
  else if (std::holds_alternative<start_live>(what.join.request().start))
    after = no_entries;
  what.cookie = ++cookie_;
  auto reader = services->where.get()->history;
  if (!reader)
    return;
  depend_on(reader);
  self->send(reader, read_stream{msg.sub, what.cookie, what.join.request().job, after});
}

void subscriber_state::begin(stream& what, const stream_read& bounds) {
  what.started = true;
  // A frame that came before the bounds may be newer than they are.
  auto last = std::max(bounds.last_seq, what.heard);
  auto out = what.join.start(
      {stream_epoch(services->incarnation, what.join.request().job), bounds.first_seq, last, bounds.state});
  for (const auto& message : out)
    if (const auto* told = std::get_if<subscribed>(&message))
      count_resume(*told);
  push(std::move(out));
}

void subscriber_state::count_resume(const subscribed& what) {
  if (!what.recovering)
    return;
  auto& metrics = *services->metrics;
  (what.recovered                ? metrics.resumed_ok
   : what.from + 1 == what.first ? metrics.resumed_gap
                                 : metrics.resumed_epoch)
      .add();
}

void subscriber_state::take_page(stream_read& msg) {
  auto found = streams_.find(msg.sub);
  if (found == streams_.end() || found->second.cookie != msg.cookie)
    return;
  auto& what = found->second;
  if (!msg.outcome) {
    push({subscription_closed{msg.sub, msg.outcome.error(), is_retryable(msg.outcome.error().code)}});
    drop(found);
    return;
  }
  if (!what.started) {
    begin(what, msg);
    // The page that brought the bounds may be the first one wanted.
    bool fits = what.join.wants_page() && !msg.frames.empty() && msg.frames.front()->seq == what.join.after() + 1;
    if (!fits) {
      ask_for_page(msg.sub, what);
      return;
    }
    what.join.page_requested();
  }
  push(what.join.on_page(msg.frames, msg.last_seq, msg.first_seq, msg.state));
  ask_for_page(msg.sub, what);
}

void subscriber_state::ask_for_page(std::uint32_t sub, stream& what) {
  if (!what.started || !what.join.wants_page())
    return;
  auto reader = services->where.get()->history;
  if (!reader)
    return;
  depend_on(reader);
  what.join.page_requested();
  what.cookie = ++cookie_;
  self->send(reader, read_stream{sub, what.cookie, what.join.request().job, what.join.after()});
}

void subscriber_state::take_live(const live_frames& msg) {
  std::vector<client_message> out;
  for (auto& [sub, what] : streams_) {
    if (what.join.request().job != msg.job)
      continue;
    if (!what.started) {
      what.heard = std::max(what.heard, msg.frames->frames().back()->seq);
      continue;
    }
    what.join.on_live(msg.frames, out);
  }
  push(std::move(out));
  for (auto& [sub, what] : streams_)
    if (what.join.request().job == msg.job)
      ask_for_page(sub, what);
}

void subscriber_state::push(std::vector<client_message> out) {
  if (out.empty())
    return;
  for (const auto& message : out) {
    const auto* batch = std::get_if<deliver_batch>(&message);
    card->handled += batch != nullptr ? batch->batch->frames().size() : 1;
  }
  card->active_us = services->now_us();
  blocked_ = !outlet->push(std::move(out));
  if (!blocked_)
    return;
  for (auto& [sub, what] : streams_)
    what.join.set_blocked(true);
  card->state = actor_state::waiting;
}

void subscriber_state::writable() {
  blocked_ = false;
  card->state = actor_state::running;
  for (auto& [sub, what] : streams_) {
    what.join.set_blocked(false);
    ask_for_page(sub, what);
  }
}

void subscriber_state::acknowledge(const client_acknowledge& msg) {
  auto found = streams_.find(msg.sub);
  if (found == streams_.end())
    return;
  found->second.join.acknowledge(msg.seq);
  ask_for_page(msg.sub, found->second);
}

void subscriber_state::unsubscribe(const client_unsubscribe& msg) {
  auto found = streams_.find(msg.sub);
  if (found != streams_.end())
    drop(found);
}

void subscriber_state::drop(std::map<std::uint32_t, stream>::iterator which) {
  if (auto broadcaster = services->where.get()->broadcaster)
    self->send(broadcaster, leave_job{which->second.join.request().job, which->first});
  streams_.erase(which);
  card->held = streams_.size();
}

template <class Handle>
void subscriber_state::depend_on(const Handle& who) {
  if (depends_on_.insert(who.address()).second)
    self->monitor(who);
}

void subscriber_state::lost_one(const caf::down_msg& msg) {
  if (msg.reason == caf::exit_reason::user_shutdown)
    return;
  outlet->hang_up(close_reconnect, "the live feed was restarted, please reconnect");
  self->quit();
}

void subscriber_state::leave() const {
  self->quit();
}

subscriber_actor::behavior_type subscriber(subscriber_actor::stateful_pointer<subscriber_state> self,
                                           services_ptr services, std::shared_ptr<client_outlet> outlet,
                                           card_ptr card) {
  use_house_rules(self);
  auto& state = self->state;
  state.services = std::move(services);
  state.outlet = std::move(outlet);
  state.card = std::move(card);
  state.card->state = actor_state::running;
  self->set_down_handler([self](caf::down_msg& msg) { self->state.lost_one(msg); });
  return {
      [self](client_subscribe& msg) { self->state.subscribe(msg); },
      [self](const client_unsubscribe& msg) { self->state.unsubscribe(msg); },
      [self](const client_acknowledge& msg) { self->state.acknowledge(msg); },
      [self](const client_writable&) { self->state.writable(); },
      [self](const client_gone&) { self->state.leave(); },
      [self](const job_joined& msg) { self->state.joined(msg); },
      [self](stream_read& msg) { self->state.take_page(msg); },
      [self](const live_frames& msg) { self->state.take_live(msg); },
  };
}

} // namespace weir::actors
