#include "domain/metrics/rolling_stats.hpp"

#include <algorithm>
#include <cmath>

namespace weir {

void running_stats::add(double value) noexcept {
  least = count == 0 ? value : std::min(least, value);
  most = count == 0 ? value : std::max(most, value);
  ++count;
  const double before = value - mean;
  mean += before / static_cast<double>(count);
  squares += before * (value - mean);
}

void running_stats::merge(const running_stats& other) noexcept {
  if (other.count == 0)
    return;
  if (count == 0) {
    *this = other;
    return;
  }
  const auto ours = static_cast<double>(count);
  const auto theirs = static_cast<double>(other.count);
  const double distance = other.mean - mean;
  count += other.count;
  mean += distance * (theirs / (ours + theirs));
  squares += other.squares + distance * distance * (ours * theirs / (ours + theirs));
  least = std::min(least, other.least);
  most = std::max(most, other.most);
}

double running_stats::deviation() const noexcept {
  return count < 2 ? 0.0 : std::sqrt(std::max(squares, 0.0) / static_cast<double>(count - 1));
}

void exact_sum::add(double value) noexcept {
  const double next = sum + value;
  rounded_off += std::abs(sum) >= std::abs(value) ? (sum - next) + value : (value - next) + sum;
  sum = next;
}

} // namespace weir
