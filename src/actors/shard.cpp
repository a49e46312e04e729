#include "actors/shard.hpp"

#include "actors/actor_basics.hpp"
#include "actors/answers.hpp"
#include "actors/job.hpp"
#include "actors/store_lanes.hpp"
#include "domain/hash.hpp"
#include "domain/prefetch.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace weir::actors {

std::string shard_card_id(std::uint32_t index) {
  return fmt::format("shard:{:03}", index);
}

shard_state::~shard_state() {
  // Jobs must not outlive their supervisor: the next one starts them anew.
  slots_.each([this](const slot_map::entry& known) {
    if (known.value.child)
      caf::anon_send_exit(known.value.child, caf::exit_reason::user_shutdown);
    services->board.remove("job:" + known.name);
  });
}

namespace {

std::uint64_t hash_of(caf::actor_id child) {
  std::array<char, sizeof child> bytes{};
  std::memcpy(bytes.data(), &child, bytes.size());
  return xxh3_64({bytes.data(), bytes.size()});
}

/// Asks for what it takes to offer a job something.
void bring_near(const job_actor& child, const card_ptr& card) {
  constexpr std::size_t front = 512; ///< of an actor: its mailbox is in there
  prefetch(card.get(), sizeof(actor_card));
  prefetch(caf::actor_cast<caf::abstract_actor*>(child), front);
}

} // namespace

// -- work ------------------------------------------------------------------------

shard_state::slot& shard_state::slot_of(const job_id& job) {
  if (auto* found = slots_.find(job))
    return found->value;
  return slots_
      .insert(job, {{}, {}, restart_budget{services->options.restart}, 0, 0, job_mode::active, false, false, {}})
      .value;
}

void shard_state::deliver(const events_accepted& msg) {
  WEIR_FAILPOINT("shard_message");
  if (msg.retractions != services->health.retractions)
    return; // they may never have been; all jobs are told to begin again behind this
  std::vector<slot*> touched;
  for (std::size_t i = 0; i < msg.events.size(); ++i) {
    slots_.look_ahead(i, msg.events.size(), [&](std::size_t at) -> const job_id& { return msg.events[at]->body.job; });
    const auto& ev = msg.events[i];
    auto& where = slot_of(ev->body.job);
    if (where.outgoing.empty()) {
      touched.push_back(&where);
      bring_near(where.child, where.card);
    }
    where.outgoing.push_back(ev);
  }
  for (auto* where : touched) {
    auto job = where->outgoing.front()->body.job;
    auto events = std::exchange(where->outgoing, {});
    if (!where->child) {
      where->missed_work = true;
      run(job, *where, {std::move(events), msg.retractions});
      continue;
    }
    auto& its = *where->card;
    const auto room = services->options.job_window - std::min(services->options.job_window, its.mailbox());
    const auto fitting = std::min<std::size_t>(room, events.size());
    const bool is_behind = fitting < events.size();
    for (auto i = fitting; i < events.size(); ++i)
      its.note_behind(events[i]->body.priority);
    events.resize(fitting);
    if (!events.empty()) {
      its.offered += events.size();
      self->send(where->child, offer_events{std::move(events)});
    }
    if (!is_behind)
      continue;
    // The mailbox is long enough; the rest waits in the store. The job looks
    // at the flag whenever it has room. It may have emptied its mailbox just
    // before the flag was set: then it must be told.
    its.behind = true;
    if (its.mailbox() == 0)
      self->send(where->child, look_again{});
  }
}

void shard_state::wake(const wake_jobs& msg) {
  // What a job was not told lies before what it was told: only a new child
  // reads everything in order.
  if (msg.jobs.empty())
    slots_.each([this](slot_map::entry& known) {
      if (known.value.child) {
        known.value.missed_work = true;
        self->send(known.value.child, stop_job{true});
      }
    });
  for (const auto& job : msg.jobs) {
    auto& where = slot_of(job);
    if (where.child)
      self->send(where.child, look_again{});
    else
      run(job, where);
  }
}

void shard_state::run(const job_id& job, slot& where, first_events first) {
  if (draining_ || where.in_backoff || where.mode != job_mode::active || where.child)
    return;
  if (active_ < services->options.max_active_jobs) {
    spawn_child(job, where, std::move(first));
    return;
  }
  if (is_waiting_.insert(job).second)
    waiting_.push_back(job);
}

void shard_state::spawn_child(const job_id& job, slot& where, first_events first) {
  if (!where.card)
    where.card = services->board.add("job:" + job, "job", card->id, services->now());
  where.card->begin_anew(services->health.retractions);
  where.missed_work = false;
  ++where.incarnation;
  where.child =
      self->spawn<caf::monitored>(actors::job, services, job, where.card, shard_actor{self}, turns, std::move(first));
  by_child_.insert(hash_of(where.child.id()), slots_.find(job));
  ++active_;
}

// -- what becomes of children ------------------------------------------------------

void shard_state::child_down(const caf::down_msg& msg) {
  const auto* found = by_child_.find(hash_of(msg.source.id()), [&msg](const slot_map::entry* known) {
    return known->value.child.address() == msg.source;
  });
  if (found == nullptr)
    return;
  auto& where = (*found)->value;
  const auto job = (*found)->name; // a copy: it may go with its slot
  by_child_.erase(found);
  turns->leave(caf::actor_addr{msg.source});
  --active_;
  where.child = nullptr;
  // Whatever was in its mailbox is gone with it, and still in the store.
  bool left_work = where.card->mailbox() > 0 || where.card->behind || where.missed_work;
  bool is_clean =
      !msg.reason || msg.reason == caf::exit_reason::normal || msg.reason == caf::exit_reason::user_shutdown;
  if (draining_) {
    quit_when_empty();
    return;
  }
  if (!is_clean)
    crashed(job, where, msg.reason);
  else if (left_work && where.mode == job_mode::active)
    run(job, where);
  else
    forget_if_idle(job);
  start_waiting_jobs();
}

void shard_state::crashed(const job_id& job, slot& where, const caf::error& reason) {
  auto now = services->now();
  auto what = where.card->take_crash();
  auto text = what ? what->what : to_string(reason);
  ++where.card->restarts;
  where.card->note_error(text, now);
  where.card->state = actor_state::backoff;
  where.in_backoff = true;
  services->metrics->job_restarts.add();
  // Another event than last time: what helped then may help again.
  if (where.card->cursor > where.crashed_at)
    where.budget.progressed();
  where.crashed_at = where.card->cursor;
  auto wait = where.budget.crashed(now);
  storage::job_commit record;
  record.job = job;
  record.at = now;
  if (what) {
    ++services->health.failed_runs;
    record.attempts.emplace_back(
        what->position, attempt{what->attempt, now, what->handler, "crash", "handler-crashed", text.substr(0, 255), 0});
  }
  if (!wait) {
    auto why = fmt::format("crashed more than {} times within {} s", services->options.restart.max,
                           services->options.restart.within.count() / 1000);
    log::error("job.parked", {{log::key::job, job}, {log::key::detail, why}, {log::key::error, text}});
    record.mode = job_mode::parked;
    record.mode_reason = why;
    write(std::move(record), {job, std::nullopt, job_mode::parked, why, nullptr});
    return;
  }
  log::warn("job.restart", {{log::key::job, job},
                            {log::key::attempt, where.budget.total()},
                            {log::key::delay_ms, wait->count()},
                            {log::key::error, text}});
  // The attempt is written first: a node that dies now must not forget it.
  write(std::move(record), {job, *wait, std::nullopt, {}, nullptr});
}

void shard_state::write(storage::job_commit what, pending_write then) {
  // A run is of an event that the job was told of; all else is about the job.
  const auto begun = what.attempts.empty() ? std::nullopt : std::optional{slot_of(then.job).card->retractions.load()};
  auto cookie = ++token_;
  writes_.emplace(cookie, std::move(then));
  if (auto writer = services->where.get()->writer)
    self->send(writer, make_commit(cookie, std::make_shared<storage::job_commit>(std::move(what)), begun));
}

void shard_state::written(job_committed& msg) {
  WEIR_FAILPOINT("shard_message");
  auto found = writes_.find(msg.cookie);
  if (found == writes_.end())
    return;
  auto then = std::move(found->second);
  writes_.erase(found);
  if (!msg.answer) {
    if (then.reply)
      then.reply->bad(msg.answer.error());
    // An attempt that could not be written is only counted again.
    if (!then.restart_after && !then.reply)
      then.restart_after = services->options.restart.max_backoff;
    if (!then.restart_after)
      return;
    then.mode.reset();
  }
  if (then.mode) {
    enter_mode(then.job, *then.mode, then.reason);
    if (then.reply)
      answer_job(*services, then.job, then.reply);
  }
  if (then.restart_after)
    self->delayed_send(self, *then.restart_after, tick_restart{then.job, slot_of(then.job).incarnation});
}

void shard_state::restart(const tick_restart& msg) {
  auto* const found = slots_.find(msg.name);
  if (found == nullptr || found->value.incarnation != msg.token || !found->value.in_backoff)
    return;
  found->value.in_backoff = false;
  run(msg.name, found->value);
}

void shard_state::hold(const job_held& msg) {
  auto& where = slot_of(msg.job);
  // A resume overtook this news: the next child reads what is true.
  if (where.missed_work)
    return;
  where.mode = msg.mode;
  if (where.card)
    where.card->state = msg.mode == job_mode::paused ? actor_state::paused : actor_state::parked;
  if (auto letters = services->where.get()->dead_letters)
    self->send(letters, job_mode_changed{msg.job, msg.mode, ""});
}

} // namespace weir::actors
