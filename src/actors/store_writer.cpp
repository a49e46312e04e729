#include "actors/store_writer.hpp"

#include "actors/actor_basics.hpp"
#include "actors/store_watch.hpp"
#include "telemetry/failpoint.hpp"
#include "telemetry/thread_priority.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

namespace weir::actors {

void store_writer_state::append(append_events& msg) {
  std::size_t bytes = 0;
  for (const auto& ev : msg.what->events)
    bytes += ev.payload.size() + ev.metadata.size() + 64;
  const auto events = msg.what->events.size();
  add({self->current_sender(), std::move(msg), events, bytes});
}

void store_writer_state::commit(commit_job& msg) {
  const auto events = msg.events;
  const auto bytes = msg.bytes;
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
    stage_next();
}

// -- one group -------------------------------------------------------------------

template <class Call>
auto store_writer_state::in_store(Call&& call) {
  const auto began = std::chrono::steady_clock::now();
  services->health.writing_since_us = services->ticks ? services->ticks() : 0;
  auto outcome = std::forward<Call>(call)(*services->store);
  services->health.writing_since_us = 0;
  spent_ += std::chrono::steady_clock::now() - began;
  return outcome;
}

void store_writer_state::stage_next() {
  store_group group;
  for (auto& request : lanes_.next_group(options))
    if (is_misled(request))
      refuse(request);
    else
      group.take(std::move(request), services->now());
  auto outcome = failed_ ? result<storage::write_outcome>{fail(errc::storage_unavailable, "the store failed earlier")}
                         : in_store([&](auto& store) { return store.stage(group.batch); });
  if (!outcome) {
    group.refuse(outcome.error());
    answer(group);
    note_failure(outcome.error());
    return;
  }
  group.outcome = *std::move(outcome);
  hand_out(staged_.emplace_back(std::move(group)));
  if (!may_wait())
    sync();
  else if (!std::exchange(is_tick_sent_, true))
    self->send(self, tick_sync{});
}

/// Whether it builds on events that have never been.
bool store_writer_state::is_misled(const store_request& request) const {
  const auto* commit = std::get_if<commit_job>(&request.what);
  return commit != nullptr && commit->retractions && *commit->retractions != services->health.retractions;
}

void store_writer_state::refuse(const store_request& request) {
  const auto& commit = std::get<commit_job>(request.what);
  answer_to(request.by, job_committed{commit.cookie, commit.what->job,
                                      fail(errc::disk_full, "there was no room for the event that it finishes")});
}

void store_writer_state::hand_out(store_group& group) {
  auto news = group.news();
  news.retractions = services->health.retractions;
  if (news.events.empty())
    return;
  if (may_be_early(group, news))
    send_out(std::move(news));
  else
    group.to_hand_on = std::move(news);
}

bool store_writer_state::may_be_early(const store_group& group, const events_written& news) const {
  return !group.is_awaited() && std::ranges::none_of(news.events, [this](const event_ptr& ev) {
    return services->handlers->may_leave(ev->body.type);
  });
}

void store_writer_state::send_out(events_written news) {
  const auto here = services->where.get();
  // Always the same way: what comes later must not overtake.
  if (here->ingest)
    self->send(here->ingest, std::move(news));
  else if (here->router)
    self->send(here->router, events_accepted{std::move(news.events), news.retractions});
}

// -- one sync --------------------------------------------------------------------

/// Whether the group waits for the commits of its events. A large one does
/// not: what its sync costs is little beside all the rest of it.
bool store_writer_state::may_wait() const {
  constexpr std::size_t few = 64;
  return staged_.size() == 1 && staged_.front().events <= few && staged_.front().is_out();
}

void store_writer_state::sync_when_due() {
  is_tick_sent_ = false;
  if (staged_.empty())
    return flush_if_due();
  if (lanes_.is_empty() && !std::exchange(has_waited_, true) && wait_for_mail()) {
    is_tick_sent_ = true;
    self->send(self, tick_sync{}); // behind what has come
    return;
  }
  if (!lanes_.is_empty())
    stage_next();
  if (!staged_.empty())
    sync();
  flush_if_due();
}

bool store_writer_state::wait_for_mail() {
  if (self->mailbox().size() > 0)
    return true;
  const auto allowed = services->options.threads ? patience_.next() : sync_patience::duration{0};
  if (allowed.count() == 0)
    return false;
  // Not asleep: to be woken takes as long as all of this.
  const auto until = std::chrono::steady_clock::now() + allowed;
  while (self->mailbox().size() == 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  const auto met = self->mailbox().size() > 0;
  patience_.waited(met);
  return met;
}

void store_writer_state::sync() {
  has_waited_ = false;
  const auto deciding = spent_;
  const auto durable = in_store([](auto& store) { return store.sync(); });
  patience_.synced(spent_ - deciding);
  services->metrics->commit_seconds.observe(std::chrono::duration<double>(std::exchange(spent_, {})).count());
  if (!durable) {
    refuse_staged(durable.error());
    note_failure(durable.error());
    return;
  }
  WEIR_FAILPOINT("after_sync_before_ack");
  services->health.full_since_us = 0;
  note_disk(*services, services->store->disk());
  std::size_t events = 0;
  for (auto& group : std::exchange(staged_, {})) {
    events += group.events;
    account(group);
    answer(group);
  }
  services->metrics->group_events.observe(static_cast<double>(events));
}

void store_writer_state::finish() {
  if (!staged_.empty())
    sync();
}

void store_writer_state::refuse_staged(const error& why) {
  const auto is_heard_of = std::ranges::any_of(staged_, &store_group::is_out);
  // Their positions will be those of others.
  if (is_heard_of)
    ++services->health.retractions;
  for (auto& group : std::exchange(staged_, {})) {
    group.refuse(why);
    answer(group);
  }
  if (!is_heard_of)
    return;
  const auto here = services->where.get();
  if (here->ingest)
    self->send(here->ingest, wake_jobs{});
  else if (here->router)
    self->send(here->router, wake_jobs{});
  if (here->reader)
    self->send(here->reader, find_unfinished{});
}

void store_writer_state::note_failure(const error& why) {
  if (failed_)
    return;
  services->metrics->store_errors.add();
  if (why.code == errc::disk_full) {
    note_full_disk(*services, why);
    return;
  }
  failed_ = true;
  services->health.store_ok = false;
  refuse_staged(why);
  log::error("store.failed", {{log::key::detail, why.detail}});
  if (auto root = services->where.get()->root)
    self->send(root, store_failed{why});
}

// -- answers ---------------------------------------------------------------------

void store_writer_state::account(const store_group& group) {
  const auto counted = group.count();
  services->health.caused += counted.caused;
  services->health.accepted += counted.accepted;
  services->health.backlog += counted.accepted;
  services->health.backlog -= counted.finished;
  services->health.finished += counted.finished;
}

void store_writer_state::answer(store_group& group) {
  services->held.with([&](job_holdings& held) {
    group.account(held, services->now());
    services->metrics->held_bytes.set(static_cast<double>(held.total().bytes));
  });
  const auto due = group.first_timer();
  auto& outcome = group.outcome;
  std::map<caf::strong_actor_ptr, events_appended> by_sender;
  for (std::size_t i = 0; i < group.appends.size(); ++i)
    by_sender[group.appends[i].by].answers.emplace_back(group.appends[i].cookie, std::move(outcome.appends[i]));
  for (auto& [to, msg] : by_sender)
    answer_to(to, std::move(msg));
  // Behind the answers: whoever waits for an event is known by then, and cannot miss its end.
  if (group.to_hand_on)
    send_out(*std::move(group.to_hand_on));
  for (std::size_t i = 0; i < group.commits.size(); ++i) {
    auto& [by, cookie, what] = group.commits[i];
    *what = std::move(group.batch.commits[i]);
    answer_to(by, job_committed{cookie, what->job, std::move(outcome.commits[i])});
  }
  for (std::size_t i = 0; i < group.discards.size(); ++i) {
    auto& [by, cookie, what] = group.discards[i];
    answer_to(by, letter_discarded{cookie, std::move(what), std::move(outcome.discards[i])});
  }
  auto next = outcome.fired.begin();
  for (const auto& [by, cookie, what] : group.fires) {
    const auto end = next + static_cast<std::ptrdiff_t>(what);
    answer_to(by, timers_fired{cookie, {next, end}});
    next = end;
  }
  // Not left to the job: it may be gone before it hears of its commit.
  if (auto timer = services->where.get()->timer; timer && due)
    self->send(timer, timers_set{*due});
}

store_writer_actor::behavior_type store_writer(store_writer_actor::stateful_pointer<store_writer_state> self,
                                               services_ptr services, group_limits options) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.options = options;
  if (self->state.services->options.threads)
    come_first();
  // What is staged has been heard of, and readers wait for it.
  self->set_exit_handler([self](caf::exit_msg& msg) {
    self->state.finish();
    self->quit(std::move(msg.reason));
  });
  return {
      [self](append_events& msg) { self->state.append(msg); },   [self](commit_job& msg) { self->state.commit(msg); },
      [self](discard_letter& msg) { self->state.discard(msg); }, [self](fire_timers& msg) { self->state.fire(msg); },
      [self](const tick_sync&) { self->state.sync_when_due(); },
  };
}

} // namespace weir::actors
