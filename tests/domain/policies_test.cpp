#define CAF_SUITE domain.policies
#include "domain/restart_policy.hpp"
#include "domain/retry_policy.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;

namespace {

std::int64_t wait_ms(const retry_policy& policy, std::uint32_t attempt, double jitter) {
  const auto wait = next_delay(policy, attempt, jitter);
  return wait ? wait->count() : -1;
}

std::int64_t crash_ms(restart_budget& budget, std::chrono::milliseconds when) {
  const auto wait = budget.crashed(at(when));
  return wait ? wait->count() : -1;
}

} // namespace

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

CAF_TEST(the restart backoff doubles up to its limit) {
  restart_budget budget{restart_policy{100, 60s, 50ms, 400ms, 1h}};
  CAF_CHECK_EQUAL(crash_ms(budget, 0s), 50);
  CAF_CHECK_EQUAL(crash_ms(budget, 1s), 100);
  CAF_CHECK_EQUAL(crash_ms(budget, 2s), 200);
  CAF_CHECK_EQUAL(crash_ms(budget, 3s), 400);
  CAF_CHECK_EQUAL(crash_ms(budget, 4s), 400);
  CAF_CHECK_EQUAL(budget.total(), 5U);
}

CAF_TEST(one crash too many within the window ends the restarts) {
  restart_budget budget{restart_policy{3, 10s, 50ms, 1s, 1h}};
  CAF_CHECK(crash_ms(budget, 0s) > 0);
  CAF_CHECK(crash_ms(budget, 1s) > 0);
  CAF_CHECK(crash_ms(budget, 2s) > 0);
  CAF_CHECK_EQUAL(crash_ms(budget, 10s), -1);
}

CAF_TEST(crashes outside of the window do not count) {
  restart_budget budget{restart_policy{3, 10s, 50ms, 1s, 1h}};
  for (int i = 0; i < 50; ++i)
    CAF_CHECK(crash_ms(budget, i * 5s) > 0);
}

CAF_TEST(a budget of zero parks at the first crash) {
  restart_budget budget{restart_policy{0, 10s, 50ms, 1s, 1h}};
  CAF_CHECK_EQUAL(crash_ms(budget, 0s), -1);
}

CAF_TEST(a long quiet time starts the backoff anew) {
  restart_budget budget{restart_policy{3, 10s, 50ms, 1s, 1min}};
  CAF_CHECK_EQUAL(crash_ms(budget, 0s), 50);
  CAF_CHECK_EQUAL(crash_ms(budget, 60s), 100);
  CAF_CHECK_EQUAL(crash_ms(budget, 121s), 50);
}

CAF_TEST(a reset forgets every crash) {
  restart_budget budget{restart_policy{1, 10s, 50ms, 1s, 1h}};
  CAF_CHECK_EQUAL(crash_ms(budget, 0s), 50);
  CAF_CHECK_EQUAL(crash_ms(budget, 1s), -1);
  budget.reset();
  CAF_CHECK_EQUAL(budget.total(), 0U);
  CAF_CHECK_EQUAL(crash_ms(budget, 2s), 50);
}
