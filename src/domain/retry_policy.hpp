#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace weir {

/// How often and how far apart the same event is tried again.
struct retry_policy {
  /// Runs in all, the first included. Five, as the services it replaces did.
  std::uint32_t max_attempts = 5;
  /// Wait before the second run.
  std::chrono::milliseconds base{2'000};
  double factor = 2.0;
  std::chrono::milliseconds max{300'000};
};

/// How long to wait after `attempt` runs (>= 1) have failed, or nothing when
/// the budget is spent.
/// @param jitter in [0, 1): the wait is taken from [50 %, 100 %) of the
///   exponential value, so that jobs that failed together do not return together.
[[nodiscard]] std::optional<std::chrono::milliseconds> next_delay(const retry_policy& policy, std::uint32_t attempt,
                                                                  double jitter);

} // namespace weir
