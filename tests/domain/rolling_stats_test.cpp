#define CAF_SUITE domain.rolling_stats
#include "domain/metrics/rolling_stats.hpp"

#include "support/weir_test.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace weir;

namespace {

running_stats stats_over(const std::vector<double>& values) {
  running_stats out;
  for (const auto value : values)
    out.add(value);
  return out;
}

/// Two passes over all values with more digits.
struct reference {
  double mean = 0;
  double deviation = 0;
};

reference reference_of(const std::vector<double>& values) {
  long double sum = 0;
  for (const auto value : values)
    sum += value;
  const auto mean = sum / static_cast<long double>(values.size());
  long double squares = 0;
  for (const auto value : values)
    squares += (value - mean) * (value - mean);
  const auto n = static_cast<long double>(values.size());
  return {static_cast<double>(mean), values.size() < 2 ? 0.0 : static_cast<double>(std::sqrt(squares / (n - 1)))};
}

bool is_close(double found, double expected, double scale) {
  return std::abs(found - expected) <= 1e-9 * std::max({scale, std::abs(expected), 1e-300});
}

} // namespace

CAF_TEST(mean deviation and bounds of a few numbers are what a textbook says) {
  const auto stats = stats_over({2, 4, 4, 4, 5, 5, 7, 9});
  CAF_CHECK_EQUAL(stats.count, 8U);
  CAF_CHECK_EQUAL(stats.mean, 5.0);
  CAF_CHECK(is_close(stats.deviation(), std::sqrt(32.0 / 7.0), 0));
  CAF_CHECK_EQUAL(stats.least, 2.0);
  CAF_CHECK_EQUAL(stats.most, 9.0);
  CAF_CHECK_EQUAL(stats_over({}).deviation(), 0.0);
  CAF_CHECK_EQUAL(stats_over({-3}).deviation(), 0.0);
  CAF_CHECK_EQUAL(stats_over({-3}).most, -3.0);
}

CAF_TEST(equal numbers have no deviation at all) {
  for (const auto value : {0.1, 1e9 + 0.1, -1e-300, 1e100})
    CAF_CHECK_EQUAL(stats_over(std::vector<double>(1000, value)).deviation(), 0.0);
}

CAF_TEST(large numbers that differ little keep their deviation) {
  // The textbook formula with a sum of squares gives 0 or the root of a
  // negative number here.
  const auto stats = stats_over({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16});
  CAF_CHECK(is_close(stats.deviation(), std::sqrt(30.0), 0));
  CAF_CHECK(std::isfinite(stats_over({1e100, -1e100, 1e100}).deviation()));
}

// HOOK-5, HOOK-6
CAF_TEST(random numbers added one by one or merged in parts match two passes) {
  const std::uint64_t base = std::random_device{}();
  for (std::uint64_t round = 0; round < 300; ++round) {
    std::mt19937_64 random{base + round};
    const double offset = std::pow(10.0, static_cast<double>(random() % 9));
    std::normal_distribution<double> values{offset, 1.0};
    std::vector<double> all(1 + random() % 200);
    std::generate(all.begin(), all.end(), [&] { return values(random); });

    running_stats merged;
    for (std::size_t from = 0; from < all.size();) {
      const auto size = std::min<std::size_t>(random() % 20, all.size() - from);
      merged.merge(stats_over(
          {all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(from + size)}));
      from += size;
    }
    const auto expected = reference_of(all);
    for (const auto& stats : {stats_over(all), merged}) {
      const bool same = stats.count == all.size() && is_close(stats.mean, expected.mean, 0) &&
                        std::abs(stats.deviation() - expected.deviation) <= 1e-6 * (expected.deviation + 1e-6) &&
                        stats.least == *std::min_element(all.begin(), all.end()) &&
                        stats.most == *std::max_element(all.begin(), all.end());
      if (!same)
        CAF_ERROR("seed " << base + round << ": mean " << stats.mean << " for " << expected.mean << ", deviation "
                          << stats.deviation() << " for " << expected.deviation);
    }
  }
}

CAF_TEST(a sum keeps what each addition rounds off) {
  exact_sum sum;
  for (const auto value : {1.0, 1e100, 1.0, -1e100})
    sum.add(value);
  CAF_CHECK_EQUAL(sum.total(), 2.0);
  exact_sum tenths;
  for (int i = 0; i < 1'000'000; ++i)
    tenths.add(0.1);
  CAF_CHECK_EQUAL(tenths.total(), 100000.0);
}
