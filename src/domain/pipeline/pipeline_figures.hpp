#pragma once

#include <cstdint>

namespace weir {

/// No count of a step may be larger: the sums over `max_run_steps` steps are
/// then below 2^53 and exact for every reader of JSON.
inline constexpr std::uint64_t max_step_count = 1'000'000'000'000;
inline constexpr std::uint64_t max_run_steps = 1'000;

/// What one step did with its items.
struct step_figures {
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  std::uint64_t kept = 0;
  std::uint64_t eliminated = 0;
  std::uint64_t scored = 0;
  friend bool operator==(const step_figures&, const step_figures&) = default;
};

/// Sums over the steps of a run.
struct run_figures {
  std::uint64_t steps = 0;
  std::uint64_t input = 0;
  std::uint64_t output = 0;
  friend bool operator==(const run_figures&, const run_figures&) = default;
};

/// 1 - output / input, 0 without input; in [0, 1] when not more comes out than
/// went in.
[[nodiscard]] double elimination_ratio(std::uint64_t input, std::uint64_t output) noexcept;

} // namespace weir
