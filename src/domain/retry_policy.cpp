#include "domain/retry_policy.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

namespace {

/// Milliseconds before the run behind `attempt` failed ones, before chance.
double whole_wait(const retry_policy& policy, std::uint32_t attempt) {
  const std::size_t failed = attempt == 0 ? 0 : attempt - 1;
  if (!policy.schedule.empty())
    return static_cast<double>(policy.schedule[std::min(failed, policy.schedule.size() - 1)].count());
  const auto limit = static_cast<double>(std::max<std::int64_t>(policy.max.count(), 0));
  const auto base = static_cast<double>(std::max<std::int64_t>(policy.base.count(), 0));
  // A huge power becomes infinity, which the limit cuts; base 0 would make it
  // a NaN, so that one is answered first.
  if (base == 0.0)
    return 0.0;
  return std::min(base * std::pow(std::max(policy.factor, 1.0), static_cast<double>(failed)), limit);
}

} // namespace

std::optional<std::chrono::milliseconds> next_delay(const retry_policy& policy, std::uint32_t attempt, double chance) {
  if (attempt >= policy.max_attempts)
    return std::nullopt;
  chance = std::clamp(chance, 0.0, 1.0);
  const double share = policy.jitter == retry_jitter::none    ? 1.0
                       : policy.jitter == retry_jitter::equal ? 0.5 + 0.5 * chance
                                                              : chance;
  return std::chrono::milliseconds{static_cast<std::int64_t>(whole_wait(policy, attempt) * share)};
}

} // namespace weir
