#define CAF_SUITE domain.pipeline_figures
#include "domain/pipeline/pipeline_figures.hpp"

#include "support/weir_test.hpp"

#include <cmath>
#include <random>

using namespace weir;

// XR-3
CAF_TEST(the elimination ratio is the share that did not come out) {
  struct row {
    std::uint64_t input;
    std::uint64_t output;
    double ratio;
  };
  const row table[] = {{100, 25, 0.75},
                       {100, 100, 0.0},
                       {100, 0, 1.0},
                       {0, 0, 0.0},
                       {0, 7, 0.0},
                       {8, 7, 0.125},
                       {1, 5, -4.0},
                       {max_step_count, max_step_count, 0.0},
                       {max_step_count, 0, 1.0},
                       {1, max_step_count, 1.0 - 1e12}};
  for (const auto& [input, output, ratio] : table)
    CAF_CHECK_EQUAL(elimination_ratio(input, output), ratio);
}

CAF_TEST(random ratios are within their bounds) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const auto input = random() % (i % 2 == 0 ? 10 : max_run_steps * max_step_count);
    const auto output = random() % (i % 3 == 0 ? 10 : max_run_steps * max_step_count);
    const auto ratio = elimination_ratio(input, output);
    const bool in_bounds = std::isfinite(ratio) && ratio <= 1 && (output > input || ratio >= 0);
    if (!in_bounds || (input == 0 && ratio != 0))
      CAF_FAIL("input " << input << " output " << output << " ratio " << ratio);
  }
}

CAF_TEST(sums over a full run are exact in every reader of JSON) {
  CAF_CHECK(max_step_count * max_run_steps < (std::uint64_t{1} << 53));
}
