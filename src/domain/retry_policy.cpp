#include "domain/retry_policy.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

std::optional<std::chrono::milliseconds> next_delay(const retry_policy& policy, std::uint32_t attempt, double jitter) {
  if (attempt >= policy.max_attempts)
    return std::nullopt;
  const auto limit = static_cast<double>(std::max<std::int64_t>(policy.max.count(), 0));
  const auto base = static_cast<double>(std::max<std::int64_t>(policy.base.count(), 0));
  const double exponent = attempt == 0 ? 0.0 : static_cast<double>(attempt - 1);
  // A huge power becomes infinity, which the limit cuts; base 0 would make it
  // a NaN, so that one is answered first.
  if (base == 0.0)
    return std::chrono::milliseconds{0};
  const double whole = std::min(base * std::pow(std::max(policy.factor, 1.0), exponent), limit);
  const double share = 0.5 + 0.5 * std::clamp(jitter, 0.0, 1.0);
  return std::chrono::milliseconds{static_cast<std::int64_t>(whole * share)};
}

} // namespace weir
