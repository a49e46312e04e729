#include "domain/dead_letter.hpp"
#include "domain/processor_draft.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace weir {

namespace {

std::string public_code(errc code) {
  return std::string(problem_of(code).name);
}

/// What handlers sent or timed is never unknown: they said it themselves.
bool is_from_producer(const stream_entry& entry) {
  const auto& body = entry.body->body;
  return entry.kind == entry_kind::event && body.hops == 0 && body.source != timer_source;
}

} // namespace

processor::processor(std::shared_ptr<const handler_registry> registry,
                     std::vector<std::pair<std::string, std::string>> states, stopwatch ticks,
                     std::unique_ptr<handler_gate> gate)
    : registry_(std::move(registry)), ticks_(std::move(ticks)), gate_(std::move(gate)) {
  for (auto& [name, text] : states) {
    if (!text.empty())
      states_.insert_or_assign(std::move(name), std::move(text));
  }
}

processor::~processor() = default;
processor::processor(processor&&) noexcept = default;
processor& processor::operator=(processor&&) noexcept = default;

// -- one event -----------------------------------------------------------------

processed_event processor::run(const event_ptr& body, sequence next, const std::vector<attempt>& earlier, timestamp now,
                               double chance) {
  work_ = std::make_unique<draft>();
  work_->earlier = earlier;
  work_->number = static_cast<std::uint32_t>(earlier.size()) + 1;
  work_->now = now;
  work_->chance = chance;
  stream_entry own;
  own.seq = next;
  own.body = body;
  own.runs = earlier;
  work_->wanted.entries.push_back(std::move(own));
  work_->hops.push_back(body->body.hops);
  return go_on();
}

processed_event processor::go_on() {
  auto& work = *work_;
  // Emitted events join the end and have their turn; the limits end this.
  for (; work.entry < work.wanted.entries.size(); ++work.entry) {
    if (!work.takers)
      work.takers = registry_->matching(work.wanted.entries[work.entry].body->body);
    if (work.takers->empty() && registry_->unknown() == unknown_policy::dead_letter &&
        is_from_producer(work.wanted.entries[work.entry]))
      return refuse_unknown();
    for (; work.turn < work.takers->size(); ++work.turn) {
      const auto index = (*work.takers)[work.turn];
      const auto& entry = registry_->entries()[index];
      processed_event pause;
      pause.handler = index;
      if (const auto wait = gate_ ? gate_->admit(index) : std::nullopt) {
        pause.what = processed_event::kind::held;
        pause.wait = *wait;
        return pause;
      }
      running_ = entry.name;
      last_handler_ = index;
      if (entry.runner) {
        pause.what = processed_event::kind::away;
        pause.call = make_call(index);
        return pause;
      }
      const auto began = ticks_ ? ticks_() : 0;
      auto answer = run_here(make_call(index));
      answer.took_us = static_cast<std::uint32_t>(ticks_ ? ticks_() - began : 0);
      if (auto failed = include(std::move(answer)))
        return conclude(std::move(*failed));
    }
    work.takers.reset();
    work.turn = 0;
  }
  return finish();
}

processed_event processor::proceed() {
  return go_on();
}

processed_event processor::refuse_unknown() {
  running_.clear();
  const auto work = std::exchange(work_, nullptr);
  const auto& own = work->wanted.entries.front();
  auto runs = work->earlier;
  runs.push_back({work->number, work->now, {}, "dead", {}, {}, 0});
  return give_up(own.body, own.seq, runs, work->now, errc::unknown_type,
                 "no handler takes type " + own.body->body.type);
}

processed_event processor::resume(handler_answer answer) {
  const auto index = (*work_->takers)[work_->turn];
  if (answer.abandoned)
    instances_.erase(index); // the run may still use it
  if (answer.threw)
    throw std::runtime_error(answer.said.detail);
  if (auto failed = include(std::move(answer)))
    return conclude(std::move(*failed));
  ++work_->turn;
  return go_on();
}

handler_call processor::make_call(std::size_t index) {
  const auto& cause = work_->wanted.entries[work_->entry];
  const auto& name = registry_->entries()[index].name;
  return {name, cause.body, cause.seq, work_->number, state_of(name), instance(index)};
}

processed_event processor::finish() {
  running_.clear();
  auto out = std::move(work_->wanted);
  for (auto& [name, text] : work_->states) {
    if (text.empty())
      states_.erase(name);
    else
      states_.insert_or_assign(name, text);
    out.states.emplace_back(name, std::move(text));
  }
  work_.reset();
  return out;
}

processed_event processor::conclude(failure failed) {
  running_.clear();
  const auto work = std::exchange(work_, nullptr);
  const auto& entry = registry_->entries()[failed.handler];
  auto& why = failed.what;
  const bool again = why.what == outcome::kind::retry;
  why.code = limited_detail(why.code);
  why.detail = limited_detail(why.detail);
  attempt last{work->number, work->now, entry.name, again ? "retry" : "dead", why.code, why.detail, 0};
  const auto wait = again ? next_delay(entry.retry, counted_attempts(work->earlier) + 1, work->chance) : std::nullopt;
  processed_event out;
  out.handler = failed.handler;
  out.said = why;
  if (wait) {
    out.what = processed_event::kind::retry;
    out.wait = std::max(*wait, why.after.value_or(*wait));
    out.failed = std::move(last);
    return out;
  }
  if (again && entry.on_exhausted == exhausted_policy::park) {
    last.outcome = "park";
    out.what = processed_event::kind::park;
    out.failed = std::move(last);
    return out;
  }
  if (again)
    last.code = public_code(errc::attempts_exhausted);
  if (again && last.detail.empty())
    last.detail = "run " + std::to_string(work->number) + " asked for another";
  if (last.code.empty())
    last.code = public_code(errc::handler_dead);
  auto& own = work->wanted.entries.front();
  auto runs = work->earlier;
  runs.push_back(last);
  auto gone = bury(own.body, own.seq, std::move(runs), work->now, std::move(last.code), std::move(last.detail));
  gone.handler = failed.handler;
  gone.said = std::move(why);
  return gone;
}

std::size_t processor::last_handler() const noexcept {
  return last_handler_;
}

void processor::renew() {
  instances_.clear();
}

std::shared_ptr<handler>& processor::instance(std::size_t index) {
  auto& kept = instances_[index];
  const auto& make = registry_->entries()[index].make;
  if (!kept && make)
    kept = make();
  return kept;
}

const std::string& processor::state_of(const std::string& name) const {
  static const std::string none;
  if (const auto changed = work_->states.find(name); changed != work_->states.end())
    return changed->second;
  const auto kept = states_.find(name);
  return kept == states_.end() ? none : kept->second;
}

// -- without a run -------------------------------------------------------------

std::uint32_t processor::max_attempts(std::string_view type) const {
  std::uint32_t most = 0;
  for (const auto index : registry_->matching(type))
    most = std::max(most, registry_->entries()[index].retry.max_attempts);
  return most == 0 ? retry_policy{}.max_attempts : most;
}

const std::string& processor::running() const noexcept {
  return running_;
}

} // namespace weir
