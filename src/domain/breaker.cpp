#include "domain/breaker.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir {

namespace {

/// Different failures that are counted at once; more of them are no incident.
constexpr std::size_t max_suspects = 64;
/// Runs are counted in so many slices of the policy's time.
constexpr int slices = 64;
/// Jobs let go on at once before the incident counts as over.
constexpr std::size_t released_enough = 64;
/// A job that has not asked for this many intervals has left.
constexpr int silent_intervals = 4;

std::string name_of(bool paused, bool releasing) {
  if (paused)
    return "paused";
  return releasing ? "releasing" : "open";
}

} // namespace

breaker::breaker(breaker_policy policy) : policy_(policy) {}

// -- counts --------------------------------------------------------------------

void breaker::recent_count::add(timestamp now, std::chrono::microseconds slice) {
  if (slices_.empty() || now >= slices_.back().from + slice)
    slices_.push_back({now, 0});
  ++slices_.back().count;
  ++total_;
}

void breaker::recent_count::forget_before(timestamp oldest) {
  while (!slices_.empty() && slices_.front().from < oldest) {
    total_ -= slices_.front().count;
    slices_.pop_front();
  }
}

void breaker::recent_count::clear() {
  slices_.clear();
  total_ = 0;
}

// -- closed --------------------------------------------------------------------

bool breaker::is_watching(timestamp now) {
  if (mode_ != mode::closed)
    return true;
  prune(now);
  return !suspects_.empty();
}

void breaker::prune(timestamp now) {
  const auto oldest = now - policy_.within;
  for (auto it = suspects_.begin(); it != suspects_.end();) {
    auto& who = it->second;
    std::erase_if(who.jobs, [oldest](const auto& job) { return job.second < oldest; });
    who.failures.forget_before(oldest);
    it = who.jobs.empty() ? suspects_.erase(it) : std::next(it);
  }
  if (suspects_.empty())
    runs_.clear();
  runs_.forget_before(oldest);
}

bool breaker::is_incident(const suspect& who) const {
  return policy_.jobs > 0 && who.jobs.size() >= policy_.jobs && who.failures.total() * 2 >= runs_.total();
}

void breaker::open(const breaker_failure& why, std::uint64_t jobs, timestamp now) {
  mode_ = mode::open;
  now_ = incident{};
  now_.cause = why;
  now_.since = now;
  now_.jobs = jobs;
  probe_at_ = now + policy_.probe_every;
  suspects_.clear();
  runs_.clear();
}

void breaker::close() {
  mode_ = mode::closed;
  queue_.clear();
  places_.clear();
  running_.clear();
  suspects_.clear();
  runs_.clear();
}

// -- one run -------------------------------------------------------------------

std::optional<std::chrono::milliseconds> breaker::admit(const job_id& job, timestamp now) {
  constexpr auto shortest = std::chrono::milliseconds{20};
  if (mode_ == mode::closed)
    return std::nullopt;
  enqueue(job, now);
  drop_silent(now);
  if (mode_ == mode::paused)
    return policy_.probe_every;
  if (mode_ == mode::open) {
    if (now < probe_at_ || !is_among_first(job, 1))
      return std::max(shortest, now < probe_at_ ? std::chrono::ceil<std::chrono::milliseconds>(probe_at_ - now)
                                                : policy_.probe_every / 8);
    probe_at_ = now + policy_.probe_every;
  } else if (running_.size() >= released_ || !is_among_first(job, released_ - running_.size())) {
    return std::max(shortest, policy_.probe_every / 8);
  }
  ++now_.probes;
  queue_.erase(places_.at(job).number);
  places_.erase(job);
  running_.insert(job);
  return std::nullopt;
}

void breaker::succeeded(const job_id& job, timestamp now) {
  if (mode_ == mode::closed) {
    prune(now);
    if (!suspects_.empty())
      runs_.add(now, policy_.within / slices);
    return;
  }
  // Runs that began before it opened say nothing about it.
  if (running_.erase(job) == 0 || mode_ == mode::paused)
    return;
  if (mode_ == mode::open) {
    mode_ = mode::releasing;
    released_ = 1;
    successes_ = 0;
  }
  if (++successes_ < released_)
    return;
  released_ *= 2;
  successes_ = 0;
  if (released_ > released_enough)
    close();
}

bool breaker::failed(const job_id& job, const breaker_failure& why, timestamp now) {
  if (mode_ != mode::closed) {
    running_.erase(job);
    if (why.fingerprint != now_.cause.fingerprint)
      return false;
    if (mode_ == mode::releasing)
      open(why, now_.jobs, now);
    return true;
  }
  prune(now);
  runs_.add(now, policy_.within / slices);
  if (suspects_.size() >= max_suspects && !suspects_.contains(why.fingerprint))
    return false;
  auto& who = suspects_[why.fingerprint];
  who.jobs[job] = now;
  who.failures.add(now, policy_.within / slices);
  if (!is_incident(who))
    return false;
  open(why, who.jobs.size(), now);
  return true;
}

// -- operators -----------------------------------------------------------------

void breaker::trip(const breaker_failure& why, timestamp now) {
  if (mode_ == mode::closed || mode_ == mode::releasing)
    open(why, 1, now);
}

void breaker::pause(timestamp now) {
  if (mode_ == mode::closed)
    open({"", "paused", "an operator paused the handler"}, 0, now);
  mode_ = mode::paused;
}

void breaker::resolve() {
  close();
}

void breaker::forget(const job_id& job) {
  running_.erase(job);
  const auto found = places_.find(job);
  if (found == places_.end())
    return;
  queue_.erase(found->second.number);
  places_.erase(found);
}

std::optional<incident> breaker::current() const {
  if (mode_ == mode::closed)
    return std::nullopt;
  auto out = now_;
  out.state = name_of(mode_ == mode::paused, mode_ == mode::releasing);
  out.waiting = queue_.size();
  if (mode_ == mode::open)
    out.next_probe = probe_at_;
  return out;
}

// -- who waits -----------------------------------------------------------------

void breaker::enqueue(const job_id& job, timestamp now) {
  auto [found, is_new] = places_.try_emplace(job);
  found->second.seen = now;
  if (!is_new)
    return;
  found->second.number = next_number_++;
  queue_.emplace(found->second.number, job);
}

void breaker::drop_silent(timestamp now) {
  // Only at the front, where they would hold up the others.
  while (!queue_.empty()) {
    const auto front = queue_.begin();
    const auto found = places_.find(front->second);
    if (found->second.seen + silent_intervals * policy_.probe_every >= now)
      return;
    places_.erase(found);
    queue_.erase(front);
  }
}

bool breaker::is_among_first(const job_id& job, std::size_t count) const {
  const auto found = places_.find(job);
  auto at = queue_.begin();
  for (std::size_t i = 0; i < count && at != queue_.end(); ++i, ++at)
    if (at->first == found->second.number)
      return true;
  return false;
}

} // namespace weir
