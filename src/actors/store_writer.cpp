#include "actors/store_writer.hpp"

#include "actors/actor_basics.hpp"
#include "actors/store_watch.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

namespace weir::actors {

void store_writer_state::append(append_events& msg) {
  std::size_t bytes = 0;
  for (const auto& ev : msg.what->events)
    bytes += ev.payload.size() + ev.metadata.size() + 64;
  const auto events = msg.what->events.size();
  add({self->current_sender(), std::move(msg), events, bytes});
}

void store_writer_state::commit(commit_job& msg) {
  std::size_t bytes = 0;
  for (const auto& entry : msg.what->entries)
    bytes += entry.kind == entry_kind::emitted ? entry.body->body.payload.size() + 64 : 64;
  for (const auto& sent : msg.what->outgoing)
    bytes += sent.payload.size() + 64;
  const auto events = msg.what->finished.size() + msg.what->outgoing.size();
  add({self->current_sender(), std::move(msg), events, bytes});
}

void store_writer_state::discard(discard_letter& msg) {
  add({self->current_sender(), std::move(msg)});
}

void store_writer_state::fire(fire_timers& msg) {
  const auto events = msg.what.size();
  add({self->current_sender(), std::move(msg), events});
}

void store_writer_state::add(store_request request) {
  lanes_.add(std::move(request));
  flush_if_due();
}

void store_writer_state::flush_if_due() {
  // What is still in the mailbox joins the group: it forms by itself while
  // the previous sync runs, and adds no delay when nothing else waits.
  while (!lanes_.is_empty() && (self->mailbox().size() == 0 || lanes_.is_full(options)))
    flush();
}

std::size_t store_writer_state::take_group() {
  std::size_t events = 0;
  for (auto& request : lanes_.next_group(options)) {
    events += request.events;
    std::visit([&](auto& msg) { take(msg, std::move(request.by)); }, request.what);
  }
  return events;
}

void store_writer_state::take(append_events& msg, caf::strong_actor_ptr by) {
  appends_.push_back({std::move(by), msg.cookie, msg.is_held});
  batch_.appends.push_back(std::move(*msg.what));
}

void store_writer_state::take(commit_job& msg, caf::strong_actor_ptr by) {
  batch_.commits.push_back(std::move(*msg.what));
  commits_.push_back({std::move(by), msg.cookie, std::move(msg.what)});
}

void store_writer_state::take(discard_letter& msg, caf::strong_actor_ptr by) {
  discards_.push_back({std::move(by), msg.cookie, msg.id});
  batch_.discards.push_back({std::move(msg.id), services->now(), msg.undo});
}

void store_writer_state::take(fire_timers& msg, caf::strong_actor_ptr by) {
  fires_.push_back({std::move(by), msg.cookie, msg.what.size()});
  std::move(msg.what.begin(), msg.what.end(), std::back_inserter(batch_.fired));
}

void store_writer_state::flush() {
  const auto events = take_group();
  if (failed_) {
    answer_all(fail(errc::storage_unavailable, "the store failed earlier"));
    return;
  }
  auto began = std::chrono::steady_clock::now();
  services->health.writing_since_us = services->ticks ? services->ticks() : 0;
  auto outcome = services->store->write(batch_);
  services->health.writing_since_us = 0;
  services->metrics->commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  services->metrics->group_events.observe(static_cast<double>(events));
  if (outcome) {
    WEIR_FAILPOINT("after_sync_before_ack");
    services->health.full_since_us = 0;
    note_disk(*services, services->store->disk());
    account(*outcome);
    answer(*outcome);
    return;
  }
  services->metrics->store_errors.add();
  auto why = outcome.error();
  if (why.code == errc::disk_full) {
    note_full_disk(*services, why);
    answer_all(why);
    return;
  }
  failed_ = true;
  services->health.store_ok = false;
  answer_all(why);
  log::error("store.failed", {{log::key::detail, why.detail}});
  if (auto root = services->where.get()->root)
    self->send(root, store_failed{why});
}

void store_writer_state::account(const storage::write_outcome& outcome) {
  std::uint64_t accepted = 0;
  std::uint64_t finished = 0;
  for (const auto& appended : outcome.appends)
    if (appended && !appended->replayed)
      for (const auto& item : appended->items)
        accepted += item.outcome == storage::append_outcome::accepted ? 1 : 0;
  std::uint64_t caused = 0;
  for (std::size_t i = 0; i < outcome.commits.size(); ++i)
    if (outcome.commits[i]) {
      finished += batch_.commits[i].finished.size();
      caused += outcome.commits[i]->outgoing.size();
    }
  for (const auto& fired : outcome.fired)
    caused += fired && *fired ? 1 : 0;
  accepted += caused;
  services->health.caused += caused;
  services->health.accepted += accepted;
  services->health.backlog += accepted;
  services->health.backlog -= finished;
  services->health.finished += finished;
}

void store_writer_state::account_appended(job_holdings& held, std::size_t which,
                                          const result<storage::append_result>& appended) const {
  const auto& events = batch_.appends[which].events;
  const auto was_held = appends_[which].what;
  for (std::size_t n = 0; n < events.size(); ++n) {
    const auto is_new =
        appended && !appended->replayed && appended->items[n].outcome == storage::append_outcome::accepted;
    const held_amount one{1, events[n].payload.size()};
    if (was_held && !is_new)
      held.give_back(events[n].job, one);
    else if (!was_held && is_new)
      held.add(events[n].job, one);
  }
}

void store_writer_state::account_held(const storage::write_outcome& outcome) {
  const auto now = services->now();
  services->held.with([&](job_holdings& held) {
    for (std::size_t i = 0; i < outcome.appends.size(); ++i)
      account_appended(held, i, outcome.appends[i]);
    for (std::size_t i = 0; i < outcome.commits.size(); ++i) {
      const auto& committed = outcome.commits[i];
      if (!committed)
        continue;
      // Before its own release: a job that sends events to itself keeps its entry.
      for (const auto& sent : committed->outgoing)
        held.add(sent->body.job, {1, sent->body.payload.size()});
      const auto& what = batch_.commits[i];
      held.finished(what.job, {what.finished.size(), committed->finished_bytes}, now);
    }
    for (const auto& fired : outcome.fired)
      if (fired && *fired)
        held.add((*fired)->body.job, {1, (*fired)->body.payload.size()});
    services->metrics->held_bytes.set(static_cast<double>(held.total().bytes));
  });
}

void store_writer_state::answer(storage::write_outcome& outcome) {
  account_held(outcome);
  auto ingest = caf::actor_cast<caf::strong_actor_ptr>(services->where.get()->ingest);
  std::map<caf::strong_actor_ptr, events_appended> by_sender;
  events_accepted onward;
  for (std::size_t i = 0; i < appends_.size(); ++i)
    if (ingest && appends_[i].by != ingest)
      gather(outcome.appends[i], onward);
    else
      by_sender[appends_[i].by].answers.emplace_back(appends_[i].cookie, std::move(outcome.appends[i]));
  hand_on(outcome, onward);
  // By the way of those that came in, so that all are routed in their order.
  if (ingest && !onward.events.empty())
    by_sender[ingest].caused = std::move(onward.events);
  else if (auto router = services->where.get()->router; router && !onward.events.empty())
    self->send(router, std::move(onward));
  for (auto& [to, msg] : by_sender)
    answer_to(to, std::move(msg));
  for (std::size_t i = 0; i < commits_.size(); ++i) {
    auto& what = *commits_[i].what;
    what = std::move(batch_.commits[i]);
    answer_to(commits_[i].by, job_committed{commits_[i].cookie, what.job, std::move(outcome.commits[i])});
  }
  for (std::size_t i = 0; i < discards_.size(); ++i)
    answer_to(discards_[i].by,
              letter_discarded{discards_[i].cookie, std::move(discards_[i].what), std::move(outcome.discards[i])});
  answer_timers(outcome);
  appends_.clear();
  commits_.clear();
  discards_.clear();
  fires_.clear();
  batch_ = {};
}

void store_writer_state::answer_timers(storage::write_outcome& outcome) {
  auto next = outcome.fired.begin();
  for (const auto& asked : fires_) {
    const auto end = next + static_cast<std::ptrdiff_t>(asked.what);
    answer_to(asked.by, timers_fired{asked.cookie, {next, end}});
    next = end;
  }
}

void store_writer_state::gather(result<storage::append_result>& appended, events_accepted& onward) {
  // The INGEST that asked is gone, its events are durable: nobody else would
  // tell their jobs.
  if (appended && !appended->replayed)
    for (auto& item : appended->items)
      if (item.outcome == storage::append_outcome::accepted)
        onward.events.push_back(std::move(item.body));
}

void store_writer_state::hand_on(storage::write_outcome& outcome, events_accepted& onward) const {
  // Not left to the job and the TIMER: they may be gone before they hear of it.
  std::optional<timestamp> due;
  for (std::size_t i = 0; i < commits_.size(); ++i) {
    if (!outcome.commits[i])
      continue;
    for (const auto& sent : outcome.commits[i]->outgoing)
      onward.events.push_back(sent);
    for (const auto& set : batch_.commits[i].timers)
      due = std::min(due.value_or(set.due), set.due);
  }
  for (const auto& fired : outcome.fired)
    if (fired && *fired)
      onward.events.push_back(*fired);
  auto here = services->where.get();
  if (here->timer && due)
    self->send(here->timer, timers_set{*due});
}

void store_writer_state::answer_all(const error& why) {
  storage::write_outcome refused;
  refused.appends.assign(appends_.size(), result<storage::append_result>{why});
  refused.commits.assign(commits_.size(), result<storage::commit_result>{why});
  refused.discards.assign(discards_.size(), status{why});
  refused.fired.assign(batch_.fired.size(), result<event_ptr>{why});
  answer(refused);
}

store_writer_actor::behavior_type store_writer(store_writer_actor::stateful_pointer<store_writer_state> self,
                                               services_ptr services, group_limits options) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.options = options;
  return {
      [self](append_events& msg) { self->state.append(msg); },
      [self](commit_job& msg) { self->state.commit(msg); },
      [self](discard_letter& msg) { self->state.discard(msg); },
      [self](fire_timers& msg) { self->state.fire(msg); },
  };
}

} // namespace weir::actors
