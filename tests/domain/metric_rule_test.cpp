#define CAF_SUITE domain.metric_rule
#include "domain/metrics/metric_rule.hpp"

#include "support/weir_test.hpp"

#include <vector>

using namespace weir;
using namespace std::chrono_literals;

namespace {

struct bad_rule {
  const char* patch; ///< merged into a good window rule
  const char* says;  ///< how the error begins
};

const json good = {{"name", "scores"}, {"kind", "window"}, {"value", "/score"}, {"window", "5m"}, {"threshold", 3}};

const std::vector<bad_rule>& bad_rules() {
  static const std::vector<bad_rule> rows = {
      {R"({"name":null})", "/0/name: expected 1 to 48 letters"},
      {R"({"name":7})", "/0/name: expected string, found number"},
      {R"({"name":"Scores"})", "/0/name: expected 1 to 48 letters"},
      {R"({"name":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})", "/0/name: expected 1 to 48 letters"},
      {R"({"nmae":"scores"})", "/0/nmae: unknown member"},
      {R"({"type":""})", "/0/type: is empty"},
      {R"({"type":["a"]})", "/0/type: expected string, found array"},
      {R"({"type":"*.seen"})", "/0/type: a * may only end a pattern"},
      {R"({"type":"metric.updated"})", "/0/type: events of this type"},
      {R"({"source":"a*b"})", "/0/source: a * may only end a pattern"},
      {R"({"kind":"gauge"})", "/0/kind: expected counter, sum or window, found \"gauge\""},
      {R"({"kind":null})", "/0/kind: expected counter, sum or window"},
      {R"({"kind":"counter"})", "/0/value: a counter counts events"},
      {R"({"value":"score"})", "/0/value: expected a JSON pointer"},
      {R"({"value":null})", "/0/value: expected a JSON pointer"},
      {R"({"by":"job"})", "/0/by: expected array, found string"},
      {R"({"by":["job","host"]})", "/0/by/1: expected source, type or job, found \"host\""},
      {R"({"window":null})", "/0/window: expected a duration"},
      {R"({"window":300})", "/0/window: expected string, found number"},
      {R"({"window":"0s"})", "/0/window: expected a duration"},
      {R"({"window":"-1s"})", "/0/window: expected a duration"},
      {R"({"window":"5 m"})", "/0/window: expected a duration"},
      {R"({"window":"5"})", "/0/window: expected a duration"},
      {R"({"window":"367d"})", "/0/window: expected a duration"},
      {R"({"window":"99999999999999999999s"})", "/0/window: expected a duration"},
      {R"({"kind":"sum","window":null})", "/0/window: a threshold of a counter or sum needs the period"},
      {R"({"threshold":0})", "/0/threshold: expected a number from 0.001 to 1000000.0, found 0"},
      {R"({"threshold":"3"})", "/0/threshold: expected a number"},
      {R"({"threshold":null,"history":10})", "/0/history: is for anomalies and needs a threshold"},
      {R"({"threshold":null,"min_deviation":1})", "/0/min_deviation: is for anomalies"},
      {R"({"history":1})", "/0/history: expected an integer from 2 to 1000, found 1"},
      {R"({"history":1001})", "/0/history: expected an integer from 2 to 1000, found 1001"},
      {R"({"history":2.5})", "/0/history: expected an integer"},
      {R"({"history":20,"min_samples":21})", "/0/min_samples: expected an integer from 2 to 20, found 21"},
      {R"({"min_deviation":-1})", "/0/min_deviation: expected a number from 0.0"},
  };
  return rows;
}

/// Every member, to compare by.
std::string described(const metric_rule& rule) {
  return json{rule.name,      rule.type.text,   rule.source.text,  to_string(rule.what), rule.value,
              rule.by_source, rule.by_type,     rule.by_job,       rule.window.count(),  rule.threshold.value_or(-1),
              rule.history,   rule.min_samples, rule.min_deviation}
      .dump();
}

} // namespace

// HOOK-5
CAF_TEST(rules are read with their defaults) {
  const auto rules = parse_metric_rules(json::parse(R"([
    {"name": "events", "kind": "counter"},
    {"name": "revenue", "kind": "sum", "type": "order.*", "source": "shop-*", "value": "/total/net", "by": ["source"]},
    {"name": "scores", "kind": "window", "type": "item.analyzed", "value": "/score", "window": "90s",
     "by": ["job", "type"], "threshold": 2.5, "history": 8, "min_deviation": 0.25}])"));
  CAF_REQUIRE(rules.has_value());
  metric_rule events;
  events.name = "events";
  metric_rule revenue;
  revenue.name = "revenue";
  revenue.what = metric_rule::kind::sum;
  revenue.type = on("order.*");
  revenue.source = on("shop-*");
  revenue.value = "/total/net";
  revenue.by_source = true;
  metric_rule scores;
  scores.name = "scores";
  scores.what = metric_rule::kind::window;
  scores.type = on("item.analyzed");
  scores.value = "/score";
  scores.window = 90s;
  scores.by_job = true;
  scores.by_type = true;
  scores.threshold = 2.5;
  scores.history = 8;
  scores.min_samples = 8;
  scores.min_deviation = 0.25;
  CAF_REQUIRE_EQUAL(rules->size(), 3U);
  CAF_CHECK_EQUAL(described((*rules)[0]), described(events));
  CAF_CHECK_EQUAL(described((*rules)[1]), described(revenue));
  CAF_CHECK_EQUAL(described((*rules)[2]), described(scores));
  CAF_CHECK(parse_metric_rules(json::array())->empty());
}

CAF_TEST(a duration has one of five units) {
  const std::vector<std::pair<const char*, std::chrono::milliseconds>> durations = {
      {"1ms", 1ms}, {"500ms", 500ms}, {"30s", 30s}, {"5m", 5min}, {"12h", 12h}, {"366d", 366 * 24h}};
  for (const auto& [text, expected] : durations) {
    auto rule = good;
    rule["window"] = text;
    const auto rules = parse_metric_rules(json::array({rule}));
    CAF_REQUIRE(rules.has_value());
    CAF_CHECK_EQUAL(rules->at(0).window.count(), expected.count());
  }
}

// HOOK-5
CAF_TEST(a wrong rule is refused with the pointer of what is wrong) {
  CAF_REQUIRE(parse_metric_rules(json::array({good})).has_value());
  for (const auto& [patch, says] : bad_rules()) {
    auto rule = good;
    rule.merge_patch(json::parse(patch));
    const auto refused = parse_metric_rules(json::array({rule}));
    CAF_MESSAGE(patch);
    CAF_REQUIRE(!refused.has_value());
    CAF_CHECK(refused.error().code == errc::bad_config);
    CAF_CHECK_EQUAL(refused.error().detail.substr(0, std::string(says).size()), says);
  }
}

CAF_TEST(wrong lists of rules are refused) {
  const auto detail = [](const json& rules) {
    const auto refused = parse_metric_rules(rules);
    return refused ? std::string{"taken"} : refused.error().detail;
  };
  CAF_CHECK_EQUAL(detail(json::object()), "metric rules: expected array, found object");
  CAF_CHECK_EQUAL(detail(nullptr), "metric rules: expected array, found null");
  CAF_CHECK_EQUAL(detail(json::array({good, 7})), "/1: expected object, found number");
  CAF_CHECK_EQUAL(detail(json::array({good, good})), "/1/name: \"scores\" is taken");
  CAF_CHECK_EQUAL(detail(json(std::vector<json>(101, good))), "metric rules: expected at most 100, found 101");
}
