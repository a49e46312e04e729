#pragma once

#include <chrono>
#include <cstdint>

namespace weir::actors {

/// How long a group waits for the commits of its own events before it is
/// synced, so that one sync serves both. Never longer than a sync takes: at
/// worst an answer comes after twice the time (the rule of ski rental). Where
/// nothing came in time again and again it seldom tries.
class sync_patience {
public:
  using duration = std::chrono::nanoseconds;

  static constexpr duration most = std::chrono::microseconds{250};

  /// A sync took so long.
  void synced(duration took) noexcept;

  /// How long to wait this time.
  [[nodiscard]] duration next() noexcept;

  /// What became of a wait: whether anything came.
  void waited(bool met) noexcept;

private:
  duration usual_{0}; ///< moving average of what a sync takes
  std::uint32_t misses_ = 0;
  std::uint32_t skipped_ = 0;
};

} // namespace weir::actors
