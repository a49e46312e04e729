#define CAF_SUITE domain.retry_policy
#include "domain/retry_policy.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;

namespace {

std::int64_t wait_ms(const retry_policy& policy, std::uint32_t attempt, double jitter) {
  const auto wait = next_delay(policy, attempt, jitter);
  return wait ? wait->count() : -1;
}

} // namespace

// namespace

CAF_TEST(the retry wait doubles and stays between half and the whole) {
  const retry_policy policy{6, 2s, 2.0, 10s};
  const std::int64_t whole[] = {2'000, 4'000, 8'000, 10'000, 10'000};
  for (std::uint32_t attempt = 1; attempt <= 5; ++attempt) {
    CAF_CHECK_EQUAL(wait_ms(policy, attempt, 0.0), whole[attempt - 1] / 2);
    CAF_CHECK_EQUAL(wait_ms(policy, attempt, 0.5), whole[attempt - 1] * 3 / 4);
    CAF_CHECK(wait_ms(policy, attempt, 0.999999) < whole[attempt - 1]);
    CAF_CHECK(wait_ms(policy, attempt, 0.999999) > whole[attempt - 1] - 10);
  }
}

CAF_TEST(no retry is left when the runs are used up) {
  const retry_policy policy{3, 1s, 2.0, 10s};
  CAF_CHECK(next_delay(policy, 2, 0.0).has_value());
  CAF_CHECK(!next_delay(policy, 3, 0.0).has_value());
  CAF_CHECK(!next_delay(policy, 4, 0.0).has_value());
  CAF_CHECK(!next_delay(retry_policy{0, 1s, 2.0, 10s}, 1, 0.0).has_value());
}

CAF_TEST(extreme retry policies stay within their limit) {
  const retry_policy endless{4'000'000'000U, 2s, 10.0, 300s};
  CAF_CHECK_EQUAL(wait_ms(endless, 3'999'999'999U, 0.0), 150'000);
  CAF_CHECK_EQUAL(wait_ms(retry_policy{5, 0ms, 10.0, 300s}, 4, 0.5), 0);
  CAF_CHECK_EQUAL(wait_ms(retry_policy{5, 2s, 0.1, 300s}, 4, 0.0), 1'000);
}
