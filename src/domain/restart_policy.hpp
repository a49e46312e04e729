#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace weir {

/// OTP's restart intensity, per job: more than `max` crashes within `within`
/// and the supervisor gives up.
struct restart_policy {
  std::uint32_t max = 5;
  std::chrono::milliseconds within{60'000};
  /// Wait before the first restart; doubles with each further crash.
  std::chrono::milliseconds backoff{50};
  std::chrono::milliseconds max_backoff{16'000};
  /// After this long without a crash the backoff starts anew.
  std::chrono::milliseconds forget{3'600'000};
};

/// The crashes of one job, as its supervisor remembers them. Budgets are
/// never shared between jobs.
class restart_budget {
public:
  explicit restart_budget(restart_policy policy);

  /// Records a crash. @returns how long to wait before the restart, or
  /// nothing when the budget is exceeded: the job is to be parked.
  [[nodiscard]] std::optional<std::chrono::milliseconds> crashed(timestamp now);

  /// The job got something done since its last crash: the next wait is the
  /// first one again. The crashes still count against the budget.
  void progressed() noexcept;

  /// Forgets everything: an operator resumed the job.
  void reset() noexcept;

  /// Crashes ever recorded since the last reset.
  [[nodiscard]] std::uint64_t total() const noexcept;

private:
  restart_policy policy_;
  std::deque<timestamp> crashes_; ///< within the window
  std::optional<timestamp> last_;
  std::uint32_t consecutive_ = 0;
  std::uint64_t total_ = 0;
};

} // namespace weir
