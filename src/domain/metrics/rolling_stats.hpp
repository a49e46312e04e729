#pragma once

#include <cstdint>

namespace weir {

/// Count, mean, deviation and bounds of numbers, one at a time. The mean moves
/// by a fraction of each number's distance from it, and the squares are of
/// those distances, so that nothing cancels when the numbers are large and
/// close together. B. P. Welford, Note on a method for calculating corrected
/// sums of squares and products, Technometrics 4 (1962), 419-420.
struct running_stats {
  std::uint64_t count = 0;
  double mean = 0;
  double squares = 0; ///< sum of squared distances from the mean
  double least = 0;
  double most = 0;

  /// @param value finite, at most 1e100 in size so that squares stay finite.
  void add(double value) noexcept;

  /// Adds the numbers of both. T. F. Chan, G. H. Golub, R. J. LeVeque, Updating
  /// formulae and a pairwise algorithm for computing sample variances (1979).
  void merge(const running_stats& other) noexcept;

  /// Of a sample (divided by count - 1); 0 for fewer than two numbers.
  [[nodiscard]] double deviation() const noexcept;

  friend bool operator==(const running_stats&, const running_stats&) = default;
};

/// A sum that keeps what each addition rounds off. A. Neumaier, Rundungsfehler-
/// analyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974), 39-51.
struct exact_sum {
  double sum = 0;
  double rounded_off = 0;

  void add(double value) noexcept;
  [[nodiscard]] double total() const noexcept {
    return sum + rounded_off;
  }
  friend bool operator==(const exact_sum&, const exact_sum&) = default;
};

/// Largest size of a number that metrics take.
inline constexpr double max_metric_value = 1e100;

} // namespace weir
