#define CAF_SUITE domain.restart_policy
#include "domain/restart_policy.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;

namespace {

std::int64_t crash_ms(restart_budget& budget, std::chrono::milliseconds when) {
  const auto wait = budget.crashed(at(when));
  return wait ? wait->count() : -1;
}

} // namespace

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
