#define CAF_SUITE domain.metrics_pack
#include "domain/metrics/metrics_pack.hpp"

#include "domain/metrics/metric_messages.hpp"
#include "domain/pack_job.hpp"

#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <random>
#include <set>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::documents;
using weir_test::emitted_types;
using weir_test::pack_job;
using weir_test::sample_event;
using weir_test::sent_to;
using kind = processed_event::kind;
using words = std::vector<std::string>;

namespace {

std::vector<metric_rule> rules_of(const char* text) {
  const auto rules = parse_metric_rules(json::parse(text));
  CAF_REQUIRE(rules.has_value());
  return *rules;
}

event_ptr scored(const std::string& id, const std::string& job, const json& payload, std::chrono::milliseconds when,
                 const std::string& type = "item.analyzed") {
  auto made = std::make_shared<accepted_event>(*sample_event(id, type, payload.dump()));
  made->body.job = job;
  made->body.time = at(when);
  made->accepted_at = at(when + 1s);
  return made;
}

/// Jobs side by side; what one sends to another is processed there, in order.
class few_jobs {
public:
  explicit few_jobs(const char* rules) : rules_(rules_of(rules)) {}

  /// Processes the event and all that it leads to in other jobs.
  /// @returns what became of the event itself.
  processed_event run(const event_ptr& body) {
    auto first = run_one(body);
    while (!waiting_.empty()) {
      const auto next = waiting_.front();
      waiting_.pop_front();
      run_one(next);
    }
    return first;
  }

  /// Ends all jobs and starts them from what was committed.
  void reload() {
    for (auto& [name, job] : jobs_)
      job.reload();
  }

  std::map<std::string, std::map<std::string, json>> records; ///< collection -> key -> document
  std::vector<dead_letter> letters;
  std::map<std::string, words> streams; ///< job -> types

private:
  processed_event run_one(const event_ptr& body) {
    auto& job = jobs_.try_emplace(body->body.job, metric_entries({}, rules_)).first->second;
    auto done = job.run(body);
    if (done.letter)
      letters.push_back(*done.letter);
    for (const auto& entry : done.entries)
      streams[body->body.job].push_back(entry.body->body.type);
    for (const auto& record : done.records)
      records[record.collection][record.key] = json::parse(record.document);
    for (const auto& sent : done.outgoing) {
      auto made = std::make_shared<accepted_event>();
      made->body = sent;
      made->accepted_at = body->accepted_at;
      waiting_.push_back(std::move(made));
    }
    return done;
  }

  std::vector<metric_rule> rules_;
  std::map<std::string, pack_job> jobs_;
  std::deque<event_ptr> waiting_;
};

constexpr const char* scores = R"([{"name":"scores","kind":"window","type":"item.*","value":"/score","window":"1h",
  "by":["job"],"threshold":3,"history":50,"min_samples":5}])";

} // namespace

// HOOK-5, EVT-2
CAF_TEST(without rules there is no handler and with rules each has one) {
  CAF_CHECK(metric_entries({}, {}).empty());
  retry_policy patient;
  patient.max_attempts = 9;
  const auto entries = metric_entries(patient, rules_of(R"([
    {"name":"events","kind":"counter","by":["source","type"]},
    {"name":"paid","kind":"sum","type":"order.*","source":"shop","value":"/total"}])"));
  words names;
  for (const auto& entry : entries) {
    names.push_back(entry.name + " " + entry.pattern.text);
    CAF_CHECK(!entry.description.empty());
    CAF_CHECK_EQUAL(entry.retry.max_attempts, 9U);
  }
  CAF_CHECK_EQUAL(
      names, (words{"metric-events *", "metric-paid order.*", "metrics metric.sample", "anomalies metric.observed"}));
  CAF_CHECK_EQUAL(entries[0].description, "metric counter \"events\" by source type");
  CAF_CHECK_EQUAL(entries[1].description, "metric sum \"paid\" of /total, source shop");
}

// HOOK-4, HOOK-5
CAF_TEST(an event reaches its metric in a job of its own and clients are told) {
  few_jobs node{scores};
  const auto done = node.run(scored("e1", "boat", {{"score", 0.5}}, 0s));
  CAF_CHECK(done.records.empty());
  CAF_CHECK(done.states.empty());
  CAF_CHECK_EQUAL(sent_to(done), words{"metric.sample>metrics/scores/job=boat"});
  CAF_CHECK_EQUAL(node.streams["metrics/scores/job=boat"], (words{"metric.sample", "metric.updated"}));
  CAF_CHECK_EQUAL(node.streams["anomalies/scores/job=boat"], words{"metric.observed"});
  const auto shown = node.records["metrics"].at("scores/job=boat");
  CAF_CHECK_EQUAL(shown["metric"].get<std::string>(), "scores");
  CAF_CHECK_EQUAL(shown["labels"].dump(), R"({"job":"boat"})");
  CAF_CHECK_EQUAL(shown["window"]["mean"].get<double>(), 0.5);
  CAF_CHECK_EQUAL(shown["updated_at"].get<std::string>(), to_rfc3339(at(0s)));
}

// HOOK-5
CAF_TEST(counters and sums are kept by source and by type and by job) {
  few_jobs node{R"([{"name":"all","kind":"counter"},
    {"name":"each","kind":"counter","by":["source","type","job"]},
    {"name":"paid","kind":"sum","type":"order.*","source":"shop-*","value":"/total","by":["source"]}])"};
  std::map<std::string, int> each;
  std::map<std::string, double> paid;
  for (int i = 0; i < 60; ++i) {
    auto body = *scored("e" + std::to_string(i), "job-" + std::to_string(i % 2), {{"total", i}}, i * 1s,
                        i % 3 == 0 ? "note" : "order.placed");
    body.body.source = i % 5 == 0 ? "other" : "shop-" + std::to_string(i % 4);
    ++each["each/source=" + body.body.source + "/type=" + body.body.type + "/job=" + body.body.job];
    if (i % 3 != 0 && i % 5 != 0)
      paid["paid/source=" + body.body.source] += i;
    CAF_CHECK(node.run(std::make_shared<accepted_event>(body)).what == kind::done);
    if (i % 7 == 0)
      node.reload();
  }
  auto& found = node.records["metrics"];
  CAF_CHECK_EQUAL(found.at("all")["count"].get<int>(), 60);
  for (const auto& [series, count] : each)
    CAF_CHECK_EQUAL(found.at(series)["count"].get<int>(), count);
  for (const auto& [series, sum] : paid)
    CAF_CHECK_EQUAL(found.at(series)["sum"].get<double>(), sum);
  CAF_CHECK_EQUAL(found.size(), 1 + each.size() + paid.size());
  CAF_CHECK(node.letters.empty());
}

// HOOK-4, HOOK-7
CAF_TEST(a value that is not a number is a dead letter of the metric and not of its event) {
  const std::vector<std::pair<json, const char*>> bad = {
      {{{"score", "high"}}, "metric \"scores\": /score: expected number, found string"},
      {{{"score", nullptr}}, "metric \"scores\": /score: expected number, found nothing"},
      {json::object(), "metric \"scores\": /score: expected number, found nothing"},
      {json::array(), "metric \"scores\": /score: expected number, found nothing"},
      {{{"score", {1}}}, "metric \"scores\": /score: expected number, found array"},
      {{{"score", 1e101}}, "/value: expected a number of at most 1e100 in size, found 1e+101"}};
  few_jobs node{scores};
  for (const auto& [payload, says] : bad) {
    CAF_CHECK(node.run(scored("e" + payload.dump(), "boat", payload, 0s)).what == kind::done);
    CAF_REQUIRE(!node.letters.empty());
    CAF_CHECK_EQUAL(node.letters.back().job, "metrics/scores/job=boat");
    CAF_CHECK_EQUAL(node.letters.back().code, "validation-failed");
    CAF_CHECK_EQUAL(node.letters.back().detail, says);
  }
  auto bytes = *scored("bytes", "boat", {}, 0s);
  bytes.body.kind = payload_kind::base64;
  bytes.body.payload = "e30=";
  CAF_CHECK(node.run(std::make_shared<accepted_event>(bytes)).what == kind::done);
  CAF_CHECK_EQUAL(node.letters.back().detail, "metric \"scores\": /score: expected number, found bytes");
  CAF_CHECK_EQUAL(node.letters.size(), bad.size() + 1);
  // The series goes on.
  node.run(scored("good", "boat", {{"score", 2}}, 0s));
  CAF_CHECK_EQUAL(node.letters.size(), bad.size() + 1);
  CAF_CHECK_EQUAL(node.records["metrics"].at("scores/job=boat")["count"].get<int>(), 1);
}

// HOOK-4
CAF_TEST(messages of another series or of a removed rule are dead letters) {
  const auto labels = metric_labels{{}, {}, "boat"};
  const auto sample = to_json(metric_sample{"scores", labels, at(0s), 1.0, {}});
  const auto observed = to_json(metric_observations{"scores", labels, {{at(0s), 1.0}}});
  few_jobs node{scores};
  node.run(scored("e1", "metrics/scores/job=ship", sample, 0s, "metric.sample"));
  node.run(scored("e2", "anomalies/scores/job=ship", observed, 0s, "metric.observed"));
  CAF_REQUIRE_EQUAL(node.letters.size(), 2U);
  CAF_CHECK_EQUAL(node.letters[0].detail, "/labels: they belong to the job \"metrics/scores/job=boat\" and not to "
                                          "\"metrics/scores/job=ship\"");
  CAF_CHECK_EQUAL(node.letters[1].detail, "/labels: they belong to the job \"anomalies/scores/job=boat\" and not to "
                                          "\"anomalies/scores/job=ship\"");
  few_jobs other{R"([{"name":"events","kind":"counter"}])"};
  other.run(scored("e1", "metrics/scores/job=boat", sample, 0s, "metric.sample"));
  other.run(scored("e2", "anomalies/scores/job=boat", observed, 0s, "metric.observed"));
  CAF_REQUIRE_EQUAL(other.letters.size(), 2U);
  for (const auto& letter : other.letters)
    CAF_CHECK_EQUAL(letter.detail,
                    "/metric: no metric \"scores\" is configured; configure it again or discard the event");
  CAF_CHECK(node.records.empty());
  CAF_CHECK(other.records.empty());
}

CAF_TEST(metrics do not count what metrics make and do not reach beyond the last hop) {
  few_jobs node{R"([{"name":"all","kind":"counter"}])"};
  node.run(scored("e1", "boat", {}, 0s));
  CAF_CHECK_EQUAL(node.records["metrics"].at("all")["count"].get<int>(), 1);
  auto last = *scored("e2", "boat", {}, 0s);
  last.body.hops = max_hops;
  const auto done = node.run(std::make_shared<accepted_event>(last));
  CAF_CHECK(done.what == kind::done);
  CAF_CHECK(done.outgoing.empty());
}

CAF_TEST(a clock that is ahead does not move a window past what follows) {
  few_jobs node{scores};
  auto ahead = *scored("e1", "boat", {{"score", 1}}, 0s);
  ahead.body.time = at(1000h);
  node.run(std::make_shared<accepted_event>(ahead));
  node.run(scored("e2", "boat", {{"score", 3}}, 5s));
  const auto shown = node.records["metrics"].at("scores/job=boat");
  CAF_CHECK_EQUAL(shown["late"].get<int>(), 0);
  CAF_CHECK_EQUAL(shown["window"]["count"].get<int>(), 2);
}

// HOOK-6
CAF_TEST(a value far from those before it is an anomaly with its reasons) {
  few_jobs node{scores};
  const std::vector<double> values = {9, 11, 9, 11, 100, 9, 11, 10};
  for (std::size_t i = 0; i < values.size(); ++i)
    node.run(scored("e" + std::to_string(i), "boat", {{"score", values[i]}}, static_cast<int>(i) * 1s));
  // The fifth comes before there are five to compare with; after it, nothing is far any more.
  CAF_CHECK(node.records["anomalies"].empty());
  for (int i = 0; i < 6; ++i)
    node.run(scored("s" + std::to_string(i), "ship", {{"score", i % 2 == 0 ? 9 : 11}}, i * 1s));
  node.run(scored("s6", "ship", {{"score", 4}}, 90s));
  CAF_REQUIRE_EQUAL(node.records["anomalies"].size(), 1U);
  const auto& [key, found] = *node.records["anomalies"].begin();
  CAF_CHECK_EQUAL(found["id"].get<std::string>(), key);
  CAF_CHECK_EQUAL(found["series"].get<std::string>(), "scores/job=ship");
  CAF_CHECK_EQUAL(found["direction"].get<std::string>(), "below");
  CAF_CHECK_EQUAL(found["value"].get<double>(), 4.0);
  CAF_CHECK_EQUAL(found["mean"].get<double>(), 10.0);
  CAF_CHECK_EQUAL(found["samples"].get<int>(), 6);
  CAF_CHECK(std::abs(found["score"].get<double>() - 6 / std::sqrt(6.0 / 5.0)) < 1e-12);
  CAF_CHECK_EQUAL(found["time"].get<std::string>(), to_rfc3339(at(90s)));
  CAF_CHECK_EQUAL(node.streams["anomalies"], words{"anomaly.detected"});
}

// HOOK-6
CAF_TEST(values that never differed make any other value an anomaly unless a least deviation is set) {
  for (const bool tolerant : {false, true}) {
    few_jobs node{tolerant
                      ? R"([{"name":"m","kind":"window","value":"/v","window":"1h","threshold":3,"min_samples":3,
                                  "min_deviation":1}])"
                      : R"([{"name":"m","kind":"window","value":"/v","window":"1h","threshold":3,"min_samples":3}])"};
    for (int i = 0; i < 5; ++i)
      node.run(scored("e" + std::to_string(i), "boat", {{"v", 7.1}}, i * 1s));
    CAF_CHECK(node.records["anomalies"].empty());
    node.run(scored("e5", "boat", {{"v", 8}}, 9s));
    CAF_REQUIRE_EQUAL(node.records["anomalies"].size(), tolerant ? 0U : 1U);
    if (!tolerant)
      CAF_CHECK(node.records["anomalies"].begin()->second["score"].is_null());
  }
}

// HOOK-6
CAF_TEST(a burst of events is an anomaly of a counter once its period is over) {
  few_jobs node{R"([{"name":"rate","kind":"counter","window":"1m","threshold":4,"min_samples":5,"min_deviation":1}])"};
  int number = 0;
  const auto minute = [&](int index, int events) {
    for (int i = 0; i < events; ++i)
      node.run(scored("e" + std::to_string(number++), "boat", {}, index * 60s + i * 10ms));
  };
  for (int i = 0; i < 8; ++i)
    minute(i, 3 + i % 2);
  minute(8, 40);
  CAF_CHECK(node.records["anomalies"].empty());
  minute(9, 1);
  CAF_REQUIRE_EQUAL(node.records["anomalies"].size(), 1U);
  CAF_CHECK_EQUAL(node.records["anomalies"].begin()->second["value"].get<double>(), 40.0);
  CAF_CHECK_EQUAL(node.records["anomalies"].begin()->second["direction"].get<std::string>(), "above");
}

// HOOK-6
CAF_TEST(random values are judged as by a naive reference and again the same after restarts) {
  const std::uint64_t base = std::random_device{}();
  for (std::uint64_t round = 0; round < 6; ++round) {
    std::mt19937_64 random{base + round};
    std::normal_distribution<double> usual{1e6, 1.0};
    few_jobs steady{scores};
    few_jobs restarted{scores};
    std::vector<double> before;
    std::size_t expected = 0;
    for (int i = 0; i < 150; ++i) {
      auto value = random() % 12 == 0 ? usual(random) + 20 : usual(random);
      long double mean = 0;
      long double squares = 0;
      for (const auto one : before)
        mean += one / static_cast<long double>(before.size());
      for (const auto one : before)
        squares += (one - mean) * (one - mean);
      const auto n = static_cast<long double>(before.size());
      const auto limit =
          before.size() >= 5 ? 3 * std::sqrt(squares / (n - 1)) : std::numeric_limits<long double>::max();
      // So close to the limit a double may fall on the other side of it than the reference.
      while (std::abs(std::abs(value - mean) - limit) < 1e-3L)
        value = usual(random);
      expected += std::abs(value - mean) > limit ? 1 : 0;
      before.push_back(value);
      if (before.size() > 50)
        before.erase(before.begin());
      const auto body = scored("e" + std::to_string(i), "boat", {{"score", value}}, i * 1s);
      steady.run(body);
      restarted.run(body);
      if (random() % 10 == 0)
        restarted.reload();
    }
    // Asked of both: a round may have no anomaly, and the question leaves an empty collection behind.
    const auto seed = "seed " + std::to_string(base + round) + ": ";
    CAF_CHECK_EQUAL(seed + std::to_string(steady.records["anomalies"].size()), seed + std::to_string(expected));
    CAF_CHECK_EQUAL(seed + std::to_string(restarted.records["anomalies"].size()), seed + std::to_string(expected));
    CAF_CHECK(steady.records == restarted.records);
    CAF_CHECK(steady.streams == restarted.streams);
  }
}

// HOOK-6, VAL-8
CAF_TEST(an event that runs again sends the same sample with the same id) {
  pack_job job{metric_entries({}, rules_of(scores))};
  const auto body = scored("e1", "boat", {{"score", 1}}, 0s);
  const auto first = job.run(body);
  const auto again = job.run(body, 2);
  CAF_REQUIRE_EQUAL(first.outgoing.size(), 1U);
  CAF_CHECK(first.outgoing == again.outgoing);
  CAF_CHECK_EQUAL(first.outgoing[0].id, again.outgoing[0].id);
}

CAF_TEST(a rule that asks for less history keeps less) {
  auto rules = rules_of(scores);
  rules[0].history = 3;
  pack_job job{metric_entries({}, rules)};
  metric_observations observed{"scores", {{}, {}, "boat"}, {}};
  for (int i = 0; i < 9; ++i)
    observed.values.push_back({at(i * 1s), static_cast<double>(i)});
  auto body = *sample_event("e1", "metric.observed", to_json(observed).dump());
  body.body.job = "anomalies/scores/job=boat";
  CAF_CHECK(job.run(std::make_shared<accepted_event>(body)).what == kind::done);
  CAF_CHECK_EQUAL(job.state("anomalies").dump(), "[6.0,7.0,8.0]");
}
