#include "actors/ingest.hpp"

#include "actors/actor_basics.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::actors {

namespace {

/// What an event costs beside its texts; for the limit of bytes in flight.
constexpr std::size_t event_overhead = 256;

std::size_t size_of(const submission& what) {
  std::size_t bytes = 0;
  for (const auto& ev : what.events)
    bytes += ev.payload.size() + ev.metadata.size() + ev.id.size() + event_overhead;
  return bytes;
}

} // namespace

void ingest_state::submit(submit_events& msg) {
  WEIR_FAILPOINT("ingest_message");
  WEIR_FAILPOINT("after_read");
  if (msg.what->events.empty()) {
    msg.reply->good({});
    return;
  }
  auto bytes = size_of(*msg.what);
  if (auto refused = refuse(*msg.what, bytes)) {
    services->metrics->received("throttled").add(static_cast<double>(msg.what->events.size()));
    msg.reply->bad(std::move(*refused));
    return;
  }
  auto now = services->now();
  stamp(*msg.what, now);
  auto refused = make_room(*msg.what, now);
  if (msg.what->events.empty()) {
    msg.reply->bad(std::move(refused.front().why));
    return;
  }
  bytes = size_of(*msg.what);
  auto what = std::make_shared<storage::append_request>();
  what->accepted_at = now;
  what->replay_of = msg.what->replay_of;
  if (!msg.what->idempotency_key.empty())
    what->once = storage::idempotency{msg.what->idempotency_key, msg.what->fingerprint};
  auto count = msg.what->events.size();
  what->events = std::move(msg.what->events);
  const auto is_awaited = msg.what->wait.count() > 0;
  requests_.emplace(++cookie_, request{std::move(msg.what), std::move(msg.reply), bytes, count, std::move(refused)});
  inflight_bytes_ += bytes;
  inflight_events_ += count;
  if (auto writer = services->where.get()->writer)
    self->send(writer, append_events{cookie_, std::move(what), true, is_awaited});
}

std::optional<refusal> ingest_state::refuse(const submission& what, std::size_t bytes) {
  auto now = services->now();
  // What handlers and timers made finishes like what came in here.
  auto caused = services->health.caused.load();
  gate->restore(caused - std::exchange(caused_before_, caused));
  auto finished = services->health.finished.load();
  gate->finished(finished - finished_before_, now);
  finished_before_ = finished;
  const auto& health = services->health;
  // A full disk is not judged here: the store meets it again and says when
  // there is room.
  node_condition node{health.store_ok && health.recovered && !health.draining, false};
  if (inflight_bytes_ + bytes > services->options.max_inflight_bytes && inflight_events_ > 0)
    return refusal{fail(errc::overloaded, fmt::format("{} bytes wait for the log, the limit is {}", inflight_bytes_,
                                                      services->options.max_inflight_bytes)),
                   std::chrono::seconds{1}};
  auto verdict = gate->admit({what.caller, what.events.size()}, node, now);
  publish_room();
  if (verdict.accepted)
    return std::nullopt;
  services->health.retry_after_ms = std::chrono::milliseconds{verdict.retry_after}.count();
  return refusal{std::move(verdict.why), verdict.retry_after};
}

void ingest_state::publish_room() {
  auto backlog = gate->backlog();
  auto limit = services->options.max_backlog;
  services->health.remaining = limit > backlog ? limit - backlog : 0;
  services->metrics->backlog.set(static_cast<double>(backlog));
}

void ingest_state::stamp(submission& what, timestamp now) {
  for (auto& ev : what.events) {
    if (ev.id.empty())
      ev.id = services->new_id(now);
    if (ev.time == timestamp{})
      ev.time = now;
  }
}

std::vector<ingest_state::refused_event> ingest_state::make_room(submission& what, timestamp now) {
  std::vector<refused_event> refused;
  std::vector<event> kept;
  kept.reserve(what.events.size());
  services->held.with([&](job_holdings& held) {
    for (std::size_t index = 0; index < what.events.size(); ++index) {
      held.look_ahead(index, what.events.size(), [&](std::size_t at) -> const job_id& { return what.events[at].job; });
      auto& ev = what.events[index];
      // What the node holds in custody already is not refused at its own door.
      if (!what.replay_of.empty())
        held.add(ev.job, {1, ev.payload.size()});
      else if (auto full = held.take(ev.job, ev.payload.size(), now)) {
        if (full->is_news)
          log::warn("job.full", {{log::key::job, ev.job}, {log::key::count, full->held.events}});
        auto detail = fmt::format("the job holds {} unfinished events with {} bytes, the limit of events and payloads "
                                  "together is {} bytes",
                                  full->held.events, full->held.bytes, held.limit());
        refused.push_back({index, ev.id, ev.job, {fail(errc::rate_limited, std::move(detail)), full->retry_after}});
        continue;
      }
      kept.push_back(std::move(ev));
    }
  });
  what.events = std::move(kept);
  if (!refused.empty())
    refuse_rest(what, refused);
  return refused;
}

void ingest_state::refuse_rest(submission& what, std::vector<refused_event>& refused) const {
  auto gone = refused.size();
  // The answer to a key is remembered: a part of it would be the answer for ever.
  if (!what.idempotency_key.empty()) {
    services->held.with([&](job_holdings& held) {
      for (const auto& ev : what.events)
        held.give_back(ev.job, {1, ev.payload.size()});
    });
    gone += what.events.size();
    what.events.clear();
  }
  // Whoever asks with several jobs waits for the slowest.
  auto slowest = std::max_element(refused.begin(), refused.end(),
                                  [](const auto& a, const auto& b) { return a.why.retry_after < b.why.retry_after; });
  if (what.events.empty())
    std::iter_swap(refused.begin(), slowest);
  gate->give_back(gone);
  services->metrics->received("throttled").add(static_cast<double>(gone));
  services->metrics->refused_by_job.add(static_cast<double>(gone));
}

void ingest_state::route(events_written& msg) {
  WEIR_FAILPOINT("ingest_message");
  if (services->witness)
    for (std::size_t i = 0; i < msg.appended; ++i)
      services->witness->accepted(*msg.events[i]);
  if (auto router = services->where.get()->router)
    self->send(router, events_accepted{std::move(msg.events), msg.retractions});
}

void ingest_state::wake(const wake_jobs& msg) const {
  // Behind the events that it is about.
  if (auto router = services->where.get()->router)
    self->send(router, msg);
}

void ingest_state::appended(events_appended& msg) {
  WEIR_FAILPOINT("ingest_message");
  for (auto& [cookie, got] : msg.answers) {
    auto found = requests_.find(cookie);
    if (found == requests_.end())
      continue;
    auto asked = std::move(found->second);
    requests_.erase(found);
    inflight_bytes_ -= asked.bytes;
    inflight_events_ -= asked.count;
    if (got) {
      answer(asked, *got);
      continue;
    }
    gate->give_back(asked.count);
    services->metrics->received("rejected").add(static_cast<double>(asked.count));
    auto wait = is_retryable(got.error().code) ? std::chrono::seconds{5} : std::chrono::seconds{0};
    asked.reply->bad(refusal{got.error(), wait});
  }
}

void ingest_state::insert_refused(std::vector<refused_event>& refused, submission_answer& answer,
                                  std::vector<log_position>& positions) {
  if (refused.empty())
    return;
  std::vector<submitted_item> items;
  std::vector<log_position> places;
  for (std::size_t taken = 0, left_out = 0; taken < answer.items.size() || left_out < refused.size();) {
    if (left_out < refused.size() && refused[left_out].index == items.size()) {
      auto& one = refused[left_out++];
      items.push_back({std::move(one.id), std::move(one.job), 0, "rejected", std::move(one.why)});
      places.push_back(0);
    } else {
      places.push_back(positions[taken]);
      items.push_back(std::move(answer.items[taken++]));
    }
  }
  answer.items = std::move(items);
  positions = std::move(places);
}

void ingest_state::answer(request& asked, storage::append_result& got) {
  auto out = std::make_shared<submission_answer>();
  out->replayed = got.replayed;
  std::vector<log_position> positions;
  std::size_t accepted = 0;
  for (auto& item : got.items) {
    bool is_new = item.outcome == storage::append_outcome::accepted && !got.replayed;
    accepted += is_new ? 1 : 0;
    // What was processed before needs no waiting.
    positions.push_back(is_new ? item.position : 0);
    out->items.push_back(
        {std::move(item.id), std::move(item.job), item.seq, is_new || got.replayed ? "accepted" : "duplicate"});
  }
  auto others = got.items.size() - accepted;
  insert_refused(asked.refused, *out, positions);
  gate->give_back(others);
  services->metrics->received("accepted").add(static_cast<double>(accepted));
  if (others > 0)
    services->metrics->received("duplicate").add(static_cast<double>(others));
  auto broadcaster = services->where.get()->broadcaster;
  if (asked.what->wait.count() > 0 && accepted > 0 && broadcaster) {
    self->send(broadcaster, await_events{std::move(positions), std::move(out), asked.what->wait, std::move(asked.reply),
                                         services->audience.wait()});
    return;
  }
  out->waited = asked.what->wait.count() > 0 &&
                std::all_of(out->items.begin(), out->items.end(), [](const auto& item) { return item.seq != 0; });
  asked.reply->good(std::move(*out));
}

void ingest_state::answer_roll(roll_call msg) {
  if (auto router = services->where.get()->router)
    self->send(router, msg);
}

ingest_actor::behavior_type ingest(ingest_actor::stateful_pointer<ingest_state> self, services_ptr services) {
  use_house_rules(self);
  auto& state = self->state;
  state.services = std::move(services);
  admission_limits limits;
  limits.max_backlog = state.services->options.max_backlog;
  limits.caller_rate = state.services->options.caller_rate;
  limits.caller_burst = state.services->options.caller_rate;
  state.gate = std::make_unique<admission>(limits);
  state.restore();
  return {
      [self](submit_events& msg) { self->state.submit(msg); },
      [self](const roll_call& msg) { self->state.answer_roll(msg); },
      [self](events_written& msg) { self->state.route(msg); },
      [self](const wake_jobs& msg) { self->state.wake(msg); },
      [self](events_appended& msg) { self->state.appended(msg); },
  };
}

void ingest_state::restore() {
  // In this order: what finishes in between is then given back twice, which
  // an empty backlog heals; the other way round it would never be given back.
  finished_before_ = services->health.finished;
  caused_before_ = services->health.caused;
  gate->restore(services->health.backlog);
  services->metrics->backlog_capacity.set(static_cast<double>(services->options.max_backlog));
  publish_room();
}

} // namespace weir::actors
