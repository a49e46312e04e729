#include "domain/job_holdings.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

namespace {

constexpr double memory_seconds = 10.0; // of the drain rate
constexpr double shortest_wait = 1.0;
constexpr double longest_wait = 60.0;

} // namespace

job_holdings::job_holdings(std::uint64_t limit) : limit_(limit) {
  // nop
}

std::optional<job_holdings::full> job_holdings::take(std::string_view job, std::uint64_t bytes, timestamp now) {
  const held_amount one{1, bytes};
  auto* const found = jobs_.find(job);
  if (limit_ > 0 && found != nullptr) {
    auto& known = found->value;
    const auto wanted = known.held.weight() + one.weight();
    if (wanted > limit_) {
      pass_time(known, now);
      const bool is_news = !known.is_told;
      known.is_told = true;
      return full{known.held, time_to_drain(known, wanted - limit_), is_news};
    }
    known.held.events += 1;
    known.held.bytes += bytes;
    total_.events += 1;
    total_.bytes += bytes;
    return std::nullopt;
  }
  add(job, one);
  return std::nullopt;
}

job_holdings::holding& job_holdings::holding_of(std::string_view job) {
  auto* const found = jobs_.find(job);
  return found != nullptr ? found->value : jobs_.insert(job, {}).value;
}

void job_holdings::add(std::string_view job, held_amount what) {
  if (what.events == 0)
    return;
  auto& held = holding_of(job).held;
  held.events += what.events;
  held.bytes += what.bytes;
  total_.events += what.events;
  total_.bytes += what.bytes;
}

void job_holdings::give_back(std::string_view job, held_amount what) {
  if (auto* const found = jobs_.find(job))
    remove(*found, what);
}

void job_holdings::finished(std::string_view job, held_amount what, timestamp now) {
  auto* const found = jobs_.find(job);
  if (found == nullptr)
    return;
  auto& known = found->value;
  if (known.held.weight() > limit_ / 2) {
    pass_time(known, now);
    known.drained += static_cast<double>(what.weight());
  } else {
    // Far from the limit nobody asks how fast it is.
    known.measured_at.reset();
    known.drained = known.busy = 0;
    known.is_told = false;
  }
  remove(*found, what);
}

void job_holdings::remove(map::entry& from, held_amount what) {
  auto& held = from.value.held;
  const held_amount gone{std::min(held.events, what.events), std::min(held.bytes, what.bytes)};
  held.events -= gone.events;
  held.bytes -= gone.bytes;
  total_.events -= gone.events;
  total_.bytes -= gone.bytes;
  if (held.events == 0) {
    total_.bytes -= held.bytes;
    jobs_.erase(from);
  }
}

void job_holdings::pass_time(holding& of, timestamp now) noexcept {
  const double passed = std::max(0.0, std::chrono::duration<double>(now - of.measured_at.value_or(now)).count());
  of.measured_at = now;
  of.drained *= std::exp(-passed / memory_seconds);
  of.busy += passed;
}

std::chrono::seconds job_holdings::time_to_drain(const holding& of, std::uint64_t weight) noexcept {
  // The weights of all seconds measured so far; less than one says little.
  const double rate = of.drained / (memory_seconds * (1.0 - std::exp(-std::max(of.busy, 1.0) / memory_seconds)));
  const double wait = rate > 0 ? static_cast<double>(weight) / rate : longest_wait;
  return std::chrono::seconds{static_cast<std::int64_t>(std::ceil(std::clamp(wait, shortest_wait, longest_wait)))};
}

held_amount job_holdings::of(std::string_view job) const {
  const auto* found = jobs_.find(job);
  return found == nullptr ? held_amount{} : found->value.held;
}

held_amount job_holdings::total() const noexcept {
  return total_;
}

std::size_t job_holdings::jobs() const noexcept {
  return jobs_.size();
}

std::uint64_t job_holdings::limit() const noexcept {
  return limit_;
}

} // namespace weir
