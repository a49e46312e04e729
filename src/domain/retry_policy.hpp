#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace weir {

/// How much of a computed wait is left to chance, so that jobs that failed
/// together do not return together.
enum class retry_jitter : std::uint8_t {
  none,  ///< exactly the wait
  equal, ///< [50 %, 100 %) of it
  full,  ///< [0 %, 100 %) of it
};

/// How often and how far apart the same event is tried again.
struct retry_policy {
  /// Runs in all, the first included. Five, as the services it replaces did.
  std::uint32_t max_attempts = 5;
  /// Wait before the second run.
  std::chrono::milliseconds base{2'000};
  double factor = 2.0;
  std::chrono::milliseconds max{300'000};
  retry_jitter jitter = retry_jitter::equal;
  /// Waits in place of `base` and `factor`; the last one stays. Fixed: factor 1.
  std::vector<std::chrono::milliseconds> schedule;
};

/// How long to wait after `attempt` runs (>= 1) have failed, or nothing when
/// the budget is spent.
/// @param chance in [0, 1), see `retry_jitter`. Algorithm: exponential backoff
///   with full or equal jitter (Brooker, "Exponential Backoff And Jitter", 2015).
[[nodiscard]] std::optional<std::chrono::milliseconds> next_delay(const retry_policy& policy, std::uint32_t attempt,
                                                                  double chance);

} // namespace weir
