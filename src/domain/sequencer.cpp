#include "domain/sequencer.hpp"

#include <algorithm>
#include <iterator>

namespace weir {

namespace {

using step = sequencing_step;

/// Whether `number` comes right after what the cursor has passed.
bool is_next(const source_cursor& cursor, std::uint64_t number) noexcept {
  if (!cursor.known)
    return number <= 1;
  // Not `seq + 1 == number`: the sum may overflow.
  return number > cursor.seq && number - cursor.seq == 1;
}

/// Adds a range above all others; keeps the list short.
void add_missing(std::vector<missing_range>& missing, missing_range range) {
  if (!missing.empty() && range.from - missing.back().to == 1)
    missing.back().to = range.to;
  else
    missing.push_back(range);
  while (missing.size() > max_missing_ranges) {
    missing[1].from = missing[0].from;
    missing.erase(missing.begin());
  }
}

/// Takes `number` out. @returns false when it was not missing.
bool take_missing(std::vector<missing_range>& missing, std::uint64_t number) {
  const auto found = std::find_if(missing.begin(), missing.end(), [number](const missing_range& range) {
    return range.from <= number && number <= range.to;
  });
  if (found == missing.end())
    return false;
  if (found->from == found->to) {
    missing.erase(found);
  } else if (found->from == number) {
    ++found->from;
  } else if (found->to == number) {
    --found->to;
  } else if (missing.size() < max_missing_ranges) {
    const missing_range below{found->from, number - 1};
    found->from = number + 1;
    missing.insert(found, below);
  }
  // else: no room to split; a second copy of `number` will be late again.
  return true;
}

/// Moves the cursor onto `number`, which is next.
void pass(source_cursor& cursor, std::uint64_t number) {
  if (!cursor.known && number == 1)
    add_missing(cursor.missing, {0, 0});
  cursor.known = true;
  cursor.seq = number;
}

} // namespace

sequencer::sequencer(sequencing_options options, source_cursors committed)
    : options_(options), cursors_(std::move(committed)) {}

void sequencer::offer(event_ptr body) {
  offered_.push_back(std::move(body));
}

/// Memory that was used a moment ago is used again, however many there are in the long run.
event_ptr sequencer::take_offered() {
  if (judged_ == offered_.size())
    return nullptr;
  auto body = std::move(offered_[judged_]);
  constexpr std::size_t few = 64;
  if (++judged_ == offered_.size() || (judged_ >= few && 2 * judged_ >= offered_.size())) {
    offered_.erase(offered_.begin(), offered_.begin() + static_cast<std::ptrdiff_t>(judged_));
    judged_ = 0;
  }
  return body;
}

std::optional<sequencing_step> sequencer::next(timestamp now) {
  // Early events whose turn has come are older than what is still unjudged.
  if (auto released = release_early())
    return released;
  while (const auto body = take_offered()) {
    if (auto judged = judge(body))
      return judged;
  }
  for (const auto& [accepted_at, source] : oldest_) {
    const bool waited = now - accepted_at >= options_.reorder_wait;
    if (waited || waiting_.at(source).early.size() > options_.reorder_window)
      return declare_gap(source);
    // Only the policy `park` leaves a full window behind; without it, the
    // first source that may wait longer ends the search.
    if (options_.on_gap != gap_policy::park)
      break;
  }
  return std::nullopt;
}

std::optional<sequencing_step> sequencer::judge(const event_ptr& body) {
  const auto& ev = body->body;
  if (!ev.source_seq || ev.replayed)
    return step{step::kind::release, body, ev.source, {}};
  const auto number = *ev.source_seq;
  const auto found = cursors_.find(ev.source);
  const source_cursor fresh;
  const auto& cursor = found == cursors_.end() ? fresh : found->second;
  if (is_next(cursor, number))
    return release(body);
  if (!cursor.known || number > cursor.seq)
    return hold(body);
  const bool late = take_missing(found->second.missing, number);
  return step{late ? step::kind::late : step::kind::duplicate, body, ev.source, {}};
}

std::optional<sequencing_step> sequencer::hold(const event_ptr& body) {
  const auto& source = body->body.source;
  const auto at = waiting_.try_emplace(source).first;
  if (!at->second.early.try_emplace(*body->body.source_seq, body).second)
    return step{step::kind::duplicate, body, source, {}};
  reschedule(at);
  if (at->second.early.size() > options_.reorder_window)
    return declare_gap(source);
  return std::nullopt;
}

std::optional<sequencing_step> sequencer::release_early() {
  if (!flowing_)
    return std::nullopt;
  const auto at = waiting_.find(*flowing_);
  const auto body = at->second.early.begin()->second;
  at->second.early.erase(at->second.early.begin());
  reschedule(at);
  return release(body);
}

sequencing_step sequencer::release(const event_ptr& body) {
  const auto& ev = body->body;
  pass(cursors_[ev.source], *ev.source_seq);
  look_ahead(ev.source);
  return {step::kind::release, body, ev.source, {}};
}

void sequencer::look_ahead(const std::string& source) {
  flowing_.reset();
  const auto at = waiting_.find(source);
  if (at != waiting_.end() && is_next(cursors_.at(source), at->second.early.begin()->first))
    flowing_ = source;
}

sequencing_step sequencer::declare_gap(const std::string& source) {
  const auto first_held = waiting_.at(source).early.begin()->first;
  const auto known = cursors_.find(source);
  const bool fresh = known == cursors_.end() || !known->second.known;
  const missing_range missing{fresh ? 1 : known->second.seq + 1, first_held - 1};
  if (options_.on_gap == gap_policy::park)
    return {step::kind::park, nullptr, source, missing};
  auto& cursor = cursors_[source];
  if (fresh)
    add_missing(cursor.missing, {0, 0});
  add_missing(cursor.missing, missing);
  cursor.known = true;
  cursor.seq = missing.to;
  look_ahead(source);
  return {step::kind::gap, nullptr, source, missing};
}

void sequencer::reschedule(waiting_map::iterator source) {
  auto& waiting = source->second;
  oldest_.erase({waiting.oldest, source->first});
  if (waiting.early.empty()) {
    waiting_.erase(source);
    return;
  }
  const auto older = [](const auto& a, const auto& b) { return a.second->accepted_at < b.second->accepted_at; };
  waiting.oldest = std::min_element(waiting.early.begin(), waiting.early.end(), older)->second->accepted_at;
  oldest_.emplace(waiting.oldest, source->first);
}

std::optional<timestamp> sequencer::deadline() const {
  if (judged_ < offered_.size() || flowing_)
    return timestamp::min();
  if (oldest_.empty())
    return std::nullopt;
  return oldest_.begin()->first + options_.reorder_wait;
}

const source_cursors& sequencer::cursors() const noexcept {
  return cursors_;
}

std::size_t sequencer::held() const noexcept {
  auto count = offered_.size() - judged_;
  for (const auto& [source, waiting] : waiting_)
    count += waiting.early.size();
  return count;
}

} // namespace weir
