#include "actors/job.hpp"

#include "actors/actor_basics.hpp"
#include "actors/breaker_gate.hpp"
#include "domain/prefetch.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>
#include <utility>

namespace weir::actors {

// -- what comes in -------------------------------------------------------------

void job_state::start(job_loaded& msg) {
  if (!msg.start)
    throw std::runtime_error("cannot load the job: " + msg.start.error().detail);
  auto& [snapshot, waiting] = *msg.start;
  if (snapshot.mode != job_mode::active) {
    self->send(supervisor, job_held{id, snapshot.mode});
    self->quit();
    return;
  }
  last_ = snapshot.last_seq;
  card->cursor = last_;
  // A job that died between its commit and its news left listeners behind.
  // The newest frame shows them that they missed something.
  if (auto broadcaster = services->where.get()->broadcaster; broadcaster && msg.newest)
    self->send(broadcaster, frames_committed{id, {std::move(msg.newest)}, {}});
  order_ = std::make_unique<sequencer>(services->options.sequencing, snapshot.cursors);
  handlers_ = std::make_unique<processor>(services->handlers, std::move(snapshot.states), services->ticks,
                                          std::make_unique<breaker_gate>(*services, id));
  loaded_ = true;
  for (auto& pending : waiting.events)
    offer(pending);
  // Offers that came while the store was read are behind this page.
  more_in_store_ = !waiting.complete || heard_of_ > offered_to_;
  advance();
}

void job_state::take_page(pending_read& msg) {
  reading_ = false;
  if (!msg.page)
    throw std::runtime_error("cannot read pending events: " + msg.page.error().detail);
  for (auto& pending : msg.page->events)
    offer(pending);
  // The page shows everything that was known when it was asked for.
  if (msg.page->complete)
    offered_to_ = std::max(offered_to_, asked_at_);
  more_in_store_ = !msg.page->complete || heard_of_ > offered_to_;
  if (!page_to_come())
    card->behind_rank = event_priority::low;
  advance();
}

void job_state::offer(storage::pending_event& pending) {
  auto position = pending.body->position;
  if (position <= offered_to_)
    return;
  offered_to_ = position;
  heard_of_ = std::max(heard_of_, position);
  if (!pending.attempts.empty())
    attempts_[position] = std::move(pending.attempts);
  count_held(*pending.body, 1);
  order_->offer(std::move(pending.body));
}

void job_state::take(offer_events& msg) {
  card->taken += msg.events.size();
  for (auto& ev : msg.events) {
    heard_of_ = std::max(heard_of_, ev->position);
    // What lies between must come first: from the store, page by page.
    if (!loaded_ || more_in_store_ || card->behind || reading_ || window_full()) {
      more_in_store_ = true;
      note_waiting(*ev);
      continue;
    }
    storage::pending_event pending{std::move(ev), {}};
    offer(pending);
  }
  if (loaded_)
    advance();
}

bool job_state::window_full() const {
  // Events that wait for a missing number do not fill the window: they are
  // bounded by the reorder window and must not keep out what they wait for.
  return order_->held() >= services->options.job_window + services->options.sequencing.reorder_window;
}

void job_state::read_more_if_behind() {
  // With nothing under way, all that is held waits for numbers that may be in
  // the store: then there is no room to wait for.
  bool has_enough = (commit_ || retrying_ || under_way_) && order_->held() > services->options.job_window / 2;
  if (!page_to_come() || reading_ || stopping_ || has_enough)
    return;
  if (auto reader = services->where.get()->reader) {
    // What is marked after this is not in the page that is asked for.
    card->behind = false;
    more_in_store_ = true;
    reading_ = true;
    asked_at_ = heard_of_;
    self->send(reader, read_pending{id, offered_to_, services->options.job_window});
  }
}

void job_state::bring_parts_near() const {
  constexpr std::size_t used_of_card = 192;
  if (self->has_behavior())
    prefetch(&self->bhvr_stack().back(), sizeof(caf::behavior));
  prefetch(card.get(), used_of_card);
  prefetch(order_.get(), sizeof(sequencer));
  prefetch(handlers_.get(), sizeof(processor));
  if (const auto& under_way = commit_ ? commit_ : building_)
    prefetch(under_way->what.get(), sizeof(storage::job_commit));
}

void job_state::bring_rest_near() const {
  constexpr std::size_t front = 128;
  if (self->has_behavior())
    prefetch(self->bhvr_stack().back().as_behavior_impl().get(), front);
  if (handlers_)
    handlers_->bring_near();
  if (commit_)
    prefetch(commit_->what->entries.data(), front);
}

// -- what is done ----------------------------------------------------------------

void job_state::advance() {
  if (!loaded_ || commit_)
    return;
  if (stopping_) {
    self->quit();
    return;
  }
  if (retrying_)
    return;
  if (!begin_turn()) {
    card->state = actor_state::waiting;
    return;
  }
  // Most often it is told that its commit is true, and has nothing more to do.
  if (building_ || is_ready())
    make_steps();
  card->held = order_->held();
  send_commit();
  if (!commit_)
    end_turn();
  read_more_if_behind();
  if (under_way_)
    card->state = actor_state::waiting;
  else if (!commit_ && !retrying_)
    wait_or_rest();
}

void job_state::make_steps() {
  if (!building_)
    building_.emplace(in_flight{std::make_shared<storage::job_commit>(), {}, 0});
  card->state = actor_state::running;
  bool goes_on = resume();
  while (goes_on && spent_ < allowance_ && building_->what->entries.size() < services->options.commit_entries) {
    auto step = postponed_ ? std::exchange(postponed_, std::nullopt) : order_->next(ordering_time());
    if (step)
      pay_for(*step);
    goes_on = step && carry_out(*step);
  }
}

timestamp job_state::ordering_time() const {
  // A number that is missing in memory may be in a page that is still to be
  // read: no gap is declared by time before that page is here.
  return page_to_come() || reading_ ? timestamp{} : services->now();
}

bool job_state::page_to_come() const {
  return more_in_store_ || card->behind;
}

bool job_state::carry_out(const sequencing_step& step) {
  switch (step.what) {
  case sequencing_step::kind::release: {
    // An event that failed before runs alone, so that those before it are
    // committed whatever it does.
    if (attempts_.contains(step.body->position) && !building_->what->finished.empty()) {
      postponed_ = step;
      return false;
    }
    return handle(step.body);
  }
  case sequencing_step::kind::duplicate:
    building_->what->finished.push_back(step.body->position);
    building_->settled.push_back({step.body->position, 0, "duplicate"});
    count_held(*step.body, -1);
    pass(step.source);
    return true;
  case sequencing_step::kind::late: {
    auto gone = give_up(step.body, last_ + 1 + building_->what->entries.size(), {}, services->now(), errc::late,
                        "the gap was declared before this event came");
    include(step.body, gone);
    return true;
  }
  case sequencing_step::kind::gap:
    declare_gap(step);
    return true;
  case sequencing_step::kind::park:
    building_->what->mode = job_mode::parked;
    building_->what->mode_reason = "events are missing and the policy says park";
    return false;
  }
  return false;
}

void job_state::include(const event_ptr& body, processed_event& done) {
  auto& what = *building_->what;
  bool is_dead = done.what == processed_event::kind::dead;
  building_->settled.push_back({body->position, done.entries.front().seq, is_dead ? "dead" : "processed"});
  std::move(done.entries.begin(), done.entries.end(), std::back_inserter(what.entries));
  std::move(done.records.begin(), done.records.end(), std::back_inserter(what.records));
  std::move(done.outgoing.begin(), done.outgoing.end(), std::back_inserter(what.outgoing));
  std::copy_if(std::move_iterator{done.rows.begin()}, std::move_iterator{done.rows.end()},
               std::back_inserter(what.rows), [this](const sink_row& row) { return keeps_rows_of(row.sink); });
  std::move(done.timers.begin(), done.timers.end(), std::back_inserter(what.timers));
  for (auto& state : done.states) {
    auto same = std::find_if(what.states.begin(), what.states.end(),
                             [&](const auto& other) { return other.first == state.first; });
    if (same == what.states.end())
      what.states.push_back(std::move(state));
    else
      same->second = std::move(state.second);
  }
  if (done.letter)
    what.dead_letters.push_back(std::move(*done.letter));
  what.finished.push_back(body->position);
  count_held(*body, -1);
  pass(body->body.source);
}

bool job_state::keeps_rows_of(const std::string& sink) const {
  const auto& kept = services->options.sinks;
  return !kept || kept->contains(sink);
}

void job_state::pass(const std::string& source) {
  // Only now, and not for the whole of `order_`: a step that waits for its
  // retry or for the next commit must not be behind the cursor of this one.
  auto cursor = order_->cursors().find(source);
  if (cursor != order_->cursors().end())
    building_->what->cursors[source] = cursor->second;
}

void job_state::declare_gap(const sequencing_step& step) {
  stream_entry entry;
  entry.seq = last_ + 1 + building_->what->entries.size();
  entry.kind = entry_kind::gap;
  entry.gap_source = step.source;
  entry.gap = step.missing;
  building_->what->entries.push_back(std::move(entry));
  pass(step.source);
  log::warn("job.gap", {{log::key::job, id},
                        {log::key::source, step.source},
                        {log::key::position, step.missing.from},
                        {log::key::count, step.missing.to - step.missing.from + 1}});
}

job_actor::behavior_type job(job_actor::stateful_pointer<job_state> self, services_ptr services, job_id id,
                             card_ptr card, shard_actor supervisor, std::shared_ptr<turn_board> turns,
                             first_events first) {
  use_house_rules(self, false); // its SHARD does, and names the job
  auto& state = self->state;
  state.services = std::move(services);
  state.id = std::move(id);
  state.card = std::move(card);
  state.supervisor = std::move(supervisor);
  state.turns = std::move(turns);
  if (auto reader = state.services->where.get()->reader)
    self->send(reader, load_job{state.id, state.services->options.job_window, std::move(first)});
  return {
      [self](job_loaded& msg) { self->state.start(msg); },
      [self](pending_read& msg) { self->state.take_page(msg); },
      [self](offer_events& msg) { self->state.take(msg); },
      [self](const look_again&) {
        self->state.card->behind = true;
        self->state.advance();
      },
      [self](const take_turn&) { self->state.advance(); },
      [self](job_committed& msg) { self->state.settle(msg); },
      [self](const passivate_job&) { self->state.passivate(); },
      [self](const stop_job& msg) { self->state.stop(msg); },
      [self](const tick_retry& msg) { self->state.retry_now(msg); },
      [self](const tick_held& msg) { self->state.try_held(msg); },
      [self](handler_answered& msg) { self->state.take_answer(msg); },
      [self](const tick_gap& msg) { self->state.gap_now(msg); },
      [self](const tick_commit& msg) { self->state.commit_again(msg); },
  };
}

} // namespace weir::actors
