#define CAF_SUITE domain.metric_messages
#include "domain/metrics/metric_messages.hpp"

#include "domain/event_parser.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <set>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;

CAF_TEST(unlike labels have unlike names that fit into jobs) {
  const std::string longest(255, 'x');
  const std::vector<metric_labels> all = {
      {{}, {}, {}},
      {"a", {}, {}},
      {{}, "a", {}},
      {{}, {}, "a"},
      {"a", "b", {}},
      {"a/type=b", {}, {}},
      {"a%2Ftype=b", {}, {}},
      {"", "", ""},
      {"\x7f", {}, {}},
      {longest, longest, longest},
      {longest, longest, longest + "y"},
      {{}, {}, longest},
  };
  std::set<std::string> names;
  for (const auto& labels : all) {
    const auto name = series_name("scores", labels);
    CAF_CHECK(name.size() <= 240);
    CAF_CHECK(check_job_id(metric_job(name)).has_value());
    CAF_CHECK(check_job_id(anomaly_job(name)).has_value());
    names.insert(name);
  }
  CAF_CHECK_EQUAL(names.size(), all.size());
  CAF_CHECK_EQUAL(series_name("scores", {"api", "item.seen", "owner/boat"}),
                  "scores/source=api/type=item.seen/job=owner%2Fboat");
}

CAF_TEST(samples and observations are read as they were written) {
  const std::vector<metric_sample> samples = {{"scores", {"api", {}, "j"}, at(1500ms), -0.25, {}},
                                              {"events", {}, at(0ms), 1.0, {}},
                                              {"scores", {{}, "t", {}}, at(0ms), std::nullopt, "string"}};
  for (const auto& sample : samples) {
    const auto read = read_sample(sample_event("e", "metric.sample", to_json(sample).dump())->body);
    CAF_REQUIRE(read.has_value());
    CAF_CHECK(*read == sample);
  }
  const metric_observations observed{"scores", {"api", {}, {}}, {{at(1ms), 0.1}, {at(2ms), 1e100}}};
  const auto read = read_observations(sample_event("e", "metric.observed", to_json(observed).dump())->body);
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(*read == observed);
}

CAF_TEST(wrong samples and observations are refused by pointer) {
  const std::vector<std::pair<const char*, const char*>> samples = {
      {"[]", "/metric: expected string, found nothing"},
      {R"({"metric":7})", "/metric: expected string, found number"},
      {R"({"metric":"m","labels":{"job":7}})", "/labels/job: expected string, found number"},
      {R"({"metric":"m"})", "/time: expected string, found nothing"},
      {R"({"metric":"m","time":"yesterday","value":1})", "/time: "},
      {R"({"metric":"m","time":"2026-11-26T00:00:00Z"})", "/value: expected number, found nothing"},
      {R"({"metric":"m","time":"2026-11-26T00:00:00Z","value":"1"})", "/value: expected number, found string"},
      {R"({"metric":"m","time":"2026-11-26T00:00:00Z","value":2e100})", "/value: expected a number of at most 1e100"},
      {R"({"metric":"m","time":"2026-11-26T00:00:00Z","value":-2e100})", "/value: expected a number of at most 1e100"},
  };
  for (const auto& [payload, says] : samples) {
    const auto read = read_sample(sample_event("e", "metric.sample", payload)->body);
    CAF_MESSAGE(payload);
    CAF_REQUIRE(!read.has_value());
    CAF_CHECK_EQUAL(read.error().detail.substr(0, std::string(says).size()), says);
  }
  const std::vector<std::pair<const char*, const char*>> lists = {
      {R"({"metric":"m"})", "/observations: expected array, found null"},
      {R"({"metric":"m","observations":[7]})", "/observations/0/time: expected string"},
      {R"({"metric":"m","observations":[{"time":"2026-11-26T00:00:00Z","value":1},{"time":"2026-11-26T00:00:00Z"}]})",
       "/observations/1/value: expected number"},
  };
  for (const auto& [payload, says] : lists) {
    const auto read = read_observations(sample_event("e", "metric.observed", payload)->body);
    CAF_MESSAGE(payload);
    CAF_REQUIRE(!read.has_value());
    CAF_CHECK_EQUAL(read.error().detail.substr(0, std::string(says).size()), says);
  }
  auto bytes = *sample_event("e", "metric.sample", "e30=");
  bytes.body.kind = payload_kind::base64;
  CAF_CHECK(!read_sample(bytes.body).has_value());
  CAF_CHECK(!read_observations(bytes.body).has_value());
}
