#define CAF_SUITE app.config_metrics
#include "app/config_metrics.hpp"

#include "app/config_loader.hpp"
#include "app/config_text.hpp"
#include "app/temporary_folder.hpp"
#include "domain/metrics/metric_rule.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::app;

namespace {

struct metric_file {
  test::temporary_folder folder;

  loaded_config load(std::string_view text) {
    config_sources sources;
    sources.file = folder.write("weir.toml", text);
    return load_config(sources);
  }
  std::string complaints(std::string_view text) {
    std::string out;
    for (const auto& problem : load(text).problems) {
      auto line = problem_text(problem);
      line.erase(0, line.starts_with(folder.path("")) ? folder.path("").size() : 0);
      out += line + "\n";
    }
    return out;
  }
};

constexpr auto two_metrics = R"(
[[metric]]
name = "scores"
kind = "window"
type = "item.*"
value = "/score"
by = ["job"]
window = "5m"
threshold = 3.5

[[metric]]
name = "events"
kind = "counter"
)";

} // namespace

// HOOK-5
CAF_TEST(tables become the rules of the pack) {
  metric_file with;
  const auto loaded = with.load(two_metrics);
  CAF_CHECK_EQUAL(with.complaints(two_metrics), "");
  const auto& metrics = loaded.value.metrics;
  CAF_REQUIRE_EQUAL(metrics.size(), 2u);
  CAF_CHECK(metrics[0].where.ends_with("weir.toml:2:1"));
  const auto rules = parse_metric_rules(json::array({json::parse(metrics[0].rule), json::parse(metrics[1].rule)}));
  CAF_REQUIRE(rules);
  CAF_CHECK_EQUAL(rules->front().value, "/score");
  CAF_CHECK_EQUAL(rules->front().threshold.value_or(0), 3.5);
  CAF_CHECK(rules->back().what == metric_rule::kind::counter);
}

CAF_TEST(what is printed is read again as the same) {
  metric_file with;
  const auto text = effective_toml(with.load(two_metrics), false);
  const auto again = with.load(text);
  CAF_REQUIRE_EQUAL(again.value.metrics.size(), 2u);
  CAF_CHECK_EQUAL(again.value.metrics[0].rule, with.load(two_metrics).value.metrics[0].rule);
  const auto as_json = nlohmann::json::parse(effective_json(again, false));
  CAF_CHECK_EQUAL(as_json["metric"][0]["window"], "5m");
  CAF_CHECK_EQUAL(as_json["metric"][1], nlohmann::json({{"name", "events"}, {"kind", "counter"}}));
}

CAF_TEST(every mistake is told with its place) {
  metric_file with;
  CAF_CHECK(with.complaints("[[metric]]\nname = \"a\"\nkind = \"counter\"\nkeind = 1\n")
                .starts_with("weir.toml:4:1: metric \"a\": keind: unknown member; known are name, type, "));
  const auto two = with.complaints("[[metric]]\nname = \"a\"\nkind = \"sum\"\n[[metric]]\nname = \"B\"\n"
                                   "kind = \"counter\"\n");
  CAF_CHECK_NOT_EQUAL(two.find("weir.toml:1:1: metric \"a\": value"), std::string::npos);
  CAF_CHECK_NOT_EQUAL(two.find("weir.toml:5:1: metric \"B\": name: expected 1 to 48 letters"), std::string::npos);
  const auto same = "[[metric]]\nname = \"a\"\nkind = \"counter\"\n";
  CAF_CHECK_NOT_EQUAL(with.complaints(std::string{same} + same).find("metric \"a\": the name is taken by the one at"),
                      std::string::npos);
  CAF_CHECK_NOT_EQUAL(with.complaints("[metric]\nname = \"a\"\n").find("write [[metric]] on a line of its own"),
                      std::string::npos);
}

CAF_TEST(the schema knows the fields that the pack knows) {
  const auto schema = metrics_schema();
  auto all = nlohmann::json::object();
  for (const auto& [name, field] : schema["items"]["properties"].items())
    all[name] = nullptr;
  const auto parsed = parse_metric_rules(json::parse(
      R"([{"name":"a","kind":"window","type":"*","source":"*","value":"/v","by":["job"],"window":"5m",
           "threshold":3,"history":50,"min_samples":5,"min_deviation":0.5}])"));
  if (!parsed)
    CAF_FAIL(parsed.error().detail);
  CAF_CHECK_EQUAL(all.size(), 11u);
}
