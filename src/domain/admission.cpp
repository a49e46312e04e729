#include "domain/admission.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace weir {

namespace {

constexpr double memory_seconds = 10.0; // of the drain rate
constexpr std::chrono::seconds shortest_wait{1};
constexpr std::chrono::seconds longest_wait{60};
// Not measured: how long a start or a clean-up takes is not ours to know.
constexpr std::chrono::seconds not_ready_wait{2};
constexpr std::chrono::seconds disk_full_wait{30};

double seconds_between(timestamp from, timestamp to) noexcept {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

std::chrono::seconds clamped(double seconds) noexcept {
  // Also for infinity and NaN, which no cast could take.
  if (!(seconds < static_cast<double>(longest_wait.count())))
    return longest_wait;
  return std::max(shortest_wait, std::chrono::seconds{static_cast<std::int64_t>(std::ceil(seconds))});
}

admission_verdict refuse(errc code, std::string detail, std::chrono::seconds wait) {
  return {false, error{code, std::move(detail)}, wait};
}

} // namespace

admission::admission(admission_limits limits) : limits_(limits) {
  limits_.caller_burst = std::max({limits_.caller_burst, limits_.caller_rate, 1.0});
  limits_.max_callers = std::max<std::size_t>(limits_.max_callers, 1);
}

admission_verdict admission::admit(const admission_request& request, const node_condition& node, timestamp now) {
  pass_time(now);
  if (!node.ready)
    return refuse(errc::not_ready, "the node does not take events now", not_ready_wait);
  if (node.disk_full)
    return refuse(errc::disk_full, "free space is below the disk floor", disk_full_wait);

  const auto wanted = backlog_ + request.events;
  if (limits_.max_backlog > 0 && backlog_ > 0 && wanted > limits_.max_backlog)
    return refuse(errc::overloaded,
                  "backlog " + std::to_string(backlog_) + " of " + std::to_string(limits_.max_backlog) + " events",
                  time_to_drain(static_cast<double>(wanted - limits_.max_backlog)));

  if (auto verdict = take_tokens(request, now); !verdict.accepted)
    return verdict;
  restore(request.events);
  return {};
}

admission_verdict admission::take_tokens(const admission_request& request, timestamp now) {
  if (limits_.caller_rate <= 0.0)
    return {};
  auto& tokens = bucket_of(request.caller, now).tokens;
  const auto events = static_cast<double>(request.events);
  // A request beyond the burst waits for a full bucket and leaves a debt.
  const double needed = std::min(events, limits_.caller_burst);
  if (tokens < needed)
    return refuse(errc::rate_limited, fmt::format("the caller may send {:g} events a second", limits_.caller_rate),
                  clamped((needed - tokens) / limits_.caller_rate));
  tokens -= events;
  return {};
}

admission::bucket& admission::bucket_of(std::string_view caller, timestamp now) {
  const auto found = buckets_.find(caller);
  if (found == buckets_.end()) {
    if (recent_.size() >= limits_.max_callers) {
      buckets_.erase(recent_.back().caller);
      recent_.pop_back();
    }
    recent_.push_front({std::string(caller), limits_.caller_burst, now});
    buckets_.emplace(recent_.front().caller, recent_.begin());
    return recent_.front();
  }
  recent_.splice(recent_.begin(), recent_, found->second);
  auto& known = recent_.front();
  known.tokens += seconds_between(known.filled_at, now) * limits_.caller_rate;
  known.tokens = std::min(known.tokens, limits_.caller_burst);
  known.filled_at = std::max(known.filled_at, now);
  return known;
}

void admission::restore(std::uint64_t events) {
  backlog_ += events;
}

void admission::give_back(std::uint64_t events) {
  backlog_ -= std::min(backlog_, events);
}

void admission::finished(std::uint64_t events, timestamp now) {
  pass_time(now);
  drained_ += static_cast<double>(events);
  backlog_ -= std::min(backlog_, events);
}

/// Only time with a backlog counts: a node without work is not a slow one.
void admission::pass_time(timestamp now) noexcept {
  const double passed = backlog_ > 0 ? seconds_between(measured_at_.value_or(now), now) : 0.0;
  measured_at_ = now;
  drained_ *= std::exp(-passed / memory_seconds);
  busy_ += passed;
}

std::uint64_t admission::backlog() const noexcept {
  return backlog_;
}

double admission::drain_rate() const noexcept {
  // The weights of all seconds measured so far; less than a second says little.
  return drained_ / (memory_seconds * (1.0 - std::exp(-std::max(busy_, 1.0) / memory_seconds)));
}

std::chrono::seconds admission::time_to_drain(double events) const noexcept {
  const double rate = drain_rate();
  return rate > 0.0 ? clamped(events / rate) : longest_wait;
}

std::size_t admission::callers() const noexcept {
  return buckets_.size();
}

} // namespace weir
