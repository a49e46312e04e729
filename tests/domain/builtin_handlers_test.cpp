#define CAF_SUITE domain.builtin_handlers
#include "domain/builtin_handlers.hpp"

#include "support/weir_test.hpp"

using namespace weir;

CAF_TEST(the demo handlers are there only when wanted) {
  handler_registry plain;
  CAF_REQUIRE(register_builtin_handlers(plain, {}, {}, false).has_value());
  CAF_CHECK_EQUAL(plain.matching("item.analyzed").size(), 1U);
  CAF_CHECK_EQUAL(plain.matching("weir.demo.crash").size(), 0U);
  handler_registry demo;
  CAF_REQUIRE(register_builtin_handlers(demo, {}, {}, true).has_value());
  CAF_CHECK_EQUAL(demo.matching("item.analyzed").size(), 1U);
  CAF_CHECK_EQUAL(demo.matching("weir.demo.crash").size(), 1U);
}

CAF_TEST(metrics have handlers only when there are rules) {
  handler_registry plain;
  CAF_REQUIRE(register_builtin_handlers(plain, {}, {}, false).has_value());
  CAF_CHECK_EQUAL(plain.matching("metric.sample").size(), 0U);
  CAF_CHECK_EQUAL(plain.matching("user.verified").size(), 1U);
  handler_registry counting;
  const auto rules = parse_metric_rules(json::parse(R"([{"name":"all","kind":"counter"}])"));
  CAF_REQUIRE(rules.has_value());
  CAF_REQUIRE(register_builtin_handlers(counting, {}, {}, false, *rules).has_value());
  // The metric and the next stage; the metric skips what metrics make.
  CAF_CHECK_EQUAL(counting.matching("metric.sample").size(), 2U);
  CAF_CHECK_EQUAL(counting.matching("user.verified").size(), 2U);
}

CAF_TEST(handlers keep the policy they are registered with) {
  handler_registry registry;
  retry_policy nine;
  nine.max_attempts = 9;
  CAF_REQUIRE(register_builtin_handlers(registry, nine, {}, true).has_value());
  for (const auto& entry : registry.entries()) {
    CAF_CHECK_EQUAL(entry.retry.max_attempts, 9U);
    CAF_CHECK(!entry.description.empty());
  }
}

CAF_TEST(registering twice is refused) {
  handler_registry registry;
  CAF_REQUIRE(register_builtin_handlers(registry, {}, {}, true).has_value());
  const auto again = register_builtin_handlers(registry, {}, {}, true);
  CAF_REQUIRE(!again.has_value());
  CAF_CHECK(again.error().code == errc::bad_config);
}
