#define CAF_SUITE domain.pipeline_handler
#include "domain/pipeline/pipeline_handler.hpp"

#include "domain/object_key.hpp"
#include "domain/pipeline/pipeline_figures.hpp"
#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

/// One job and what it has written.
struct pipeline_job {
  processor work = [] {
    auto registry = std::make_shared<handler_registry>();
    CAF_REQUIRE(registry->add(pipeline_entry({})).has_value());
    return processor{registry, {}};
  }();
  std::map<std::string, json> records;
  processed_event last;

  kind take(const std::string& type, const json& data, const std::string& id = "e1",
            std::chrono::milliseconds since = 0s) {
    return take_text(type, data.dump(), id, since);
  }
  kind take_text(const std::string& type, const std::string& payload, const std::string& id,
                 std::chrono::milliseconds since) {
    auto cause = std::make_shared<accepted_event>(*sample_event(id, type, payload));
    cause->body.time = at(since);
    last = work.run(cause, ++seq, {}, at(0s), 0.0);
    for (const auto& put : last.records)
      records[put.collection + "/" + put.key] = json::parse(put.document);
    return last.what;
  }
  [[nodiscard]] json row(std::size_t index) const {
    return json::parse(last.rows.at(index).row);
  }
  /// Sink and row of all, without the number of the event.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> rows() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& one : last.rows)
      out.emplace_back(one.sink, one.row);
    return out;
  }
  /// Keys of the objects that the last event wrote.
  [[nodiscard]] std::vector<std::string> objects() const {
    std::vector<std::string> out;
    for (const auto& [sink, row] : rows())
      if (sink == "raw")
        out.push_back(json::parse(row)["key"].get<std::string>());
    return out;
  }

private:
  sequence seq = 0;
};

json run_of(const std::string& status) {
  return {{"runId", "r1"}, {"pipelineId", "p"}, {"status", status}};
}

json step(const std::string& id, std::uint64_t input, std::uint64_t output) {
  return {{"stepId", id}, {"runId", "r1"}, {"pipelineId", "p"}, {"inputCount", input}, {"outputCount", output}};
}

} // namespace

// XR-3
CAF_TEST(a step has its ratio and counts) {
  pipeline_job job;
  CAF_REQUIRE(job.take("pipeline.step", step("s1", 200, 50)) == kind::done);
  const json expected{{"step_id", "s1"},    {"run_id", "r1"},
                      {"pipeline_id", "p"}, {"input_count", 200},
                      {"output_count", 50}, {"elimination_ratio", 0.75},
                      {"kept_count", 50},   {"eliminated_count", 150},
                      {"scored_count", 0},  {"completed_at", to_rfc3339(at(0s))}};
  CAF_CHECK_EQUAL(job.records.at("steps/s1"), expected);
  CAF_CHECK_EQUAL(job.last.rows.at(0).sink, "olap");
  CAF_CHECK_EQUAL(job.row(0), (json{{"table", "steps"}, {"row", expected}}));
  CAF_CHECK_EQUAL(job.last.entries.at(1).body->body.type, "pipeline.step.metrics");
  CAF_REQUIRE(job.take("pipeline.step", step("s2", 0, 0)) == kind::done);
  CAF_CHECK_EQUAL(job.records.at("steps/s2")["elimination_ratio"], 0.0);
}

CAF_TEST(counts that are given are kept) {
  pipeline_job job;
  auto data = step("s1", 10, 4);
  data["keptCount"] = 3;
  data["eliminatedCount"] = 7;
  data["scoredCount"] = 10;
  CAF_REQUIRE(job.take("pipeline.step", data) == kind::done);
  CAF_CHECK_EQUAL(job.records.at("steps/s1")["kept_count"], 3);
  CAF_CHECK_EQUAL(job.records.at("steps/s1")["eliminated_count"], 7);
  CAF_CHECK_EQUAL(job.records.at("steps/s1")["scored_count"], 10);
}

// XR-4
CAF_TEST(a run adds up its steps in any order) {
  const json run{{"runId", "r1"}, {"pipelineId", "p"}, {"status", "completed"}};
  pipeline_job front;
  CAF_REQUIRE(front.take("pipeline.run", run) == kind::done);
  CAF_REQUIRE(front.take("pipeline.step", step("s1", 100, 40)) == kind::done);
  CAF_REQUIRE(front.take("pipeline.step", step("s2", 40, 10)) == kind::done);
  pipeline_job back;
  CAF_REQUIRE(back.take("pipeline.step", step("s2", 40, 10)) == kind::done);
  CAF_REQUIRE(back.take("pipeline.step", step("s1", 100, 40)) == kind::done);
  CAF_REQUIRE(back.take("pipeline.run", run) == kind::done);
  const json expected{{"run_id", "r1"},
                      {"pipeline_id", "p"},
                      {"status", "completed"},
                      {"total_steps", 2},
                      {"total_input_count", 140},
                      {"total_output_count", 50},
                      {"overall_elimination_ratio", elimination_ratio(140, 50)},
                      {"created_at", to_rfc3339(at(0s))},
                      {"updated_at", to_rfc3339(at(0s))}};
  CAF_CHECK_EQUAL(front.records.at("runs/r1"), expected);
  CAF_CHECK_EQUAL(back.records.at("runs/r1"), expected);
}

// XR-6
CAF_TEST(the same event any number of times gives the same records rows and keys) {
  pipeline_job job;
  CAF_REQUIRE(job.take("pipeline.step", step("s1", 100, 40), "e1") == kind::done);
  const auto records = job.records;
  const auto rows = job.rows();
  for (int i = 0; i < 3; ++i) {
    CAF_REQUIRE(job.take("pipeline.step", step("s1", 100, 40), "e1") == kind::done);
    CAF_CHECK(job.records == records);
    CAF_CHECK(job.rows() == rows);
  }
  // Told anew it replaces what was known.
  CAF_REQUIRE(job.take("pipeline.step", step("s1", 100, 10), "e2") == kind::done);
  CAF_CHECK_EQUAL(job.records.at("runs/r1")["total_output_count"], 10);
  CAF_CHECK_EQUAL(job.records.at("runs/r1")["total_steps"], 1);
}

// XR-2, XR-5
CAF_TEST(a decision refers to its raw payload) {
  pipeline_job job;
  const json data{{"runId", "r1"}, {"stepId", "s1"}, {"outcome", "kept"}, {"score", 0.5}};
  CAF_REQUIRE(job.take("pipeline.decision", data, "../x") == kind::done);
  const auto day = to_rfc3339(at(0s)).substr(0, 10);
  const auto key = "decisions/" + day.substr(0, 4) + "/" + day.substr(5, 2) + "/" + day.substr(8, 2) + "/~2E.~2Fx.json";
  CAF_CHECK_EQUAL(job.records.at("decision_events/../x")["s3_key"], key);
  CAF_CHECK_EQUAL(job.last.rows.at(1).sink, "raw");
  CAF_CHECK_EQUAL(job.row(1), (json{{"key", key}, {"content_type", "application/json"}, {"body", data.dump()}}));
}

CAF_TEST(what is wrong is a dead letter) {
  struct bad {
    const char* type;
    const char* data;
  };
  for (const auto& one : {
           bad{"pipeline.run", "{}"},
           bad{"pipeline.run", R"({"runId":"r","pipelineId":"p"})"},
           bad{"pipeline.run", R"({"runId":"","pipelineId":"p","status":"s"})"},
           bad{"pipeline.run", R"({"runId":7,"pipelineId":"p","status":"s"})"},
           bad{"pipeline.run", R"({"runId":"a\nb","pipelineId":"p","status":"s"})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":1})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":-1,"outputCount":0})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":1.5,"outputCount":0})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":1,"outputCount":2})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":1000000000001,"outputCount":2})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":"1","outputCount":0})"},
           bad{"pipeline.step", R"({"stepId":"s","runId":"r","inputCount":1,"outputCount":0,"keptCount":[]})"},
           bad{"pipeline.decision", R"({"runId":"r","stepId":"s"})"},
           bad{"pipeline.decision", "[]"},
           bad{"pipeline.decision", "null"},
       }) {
    pipeline_job job;
    CAF_CHECK(job.take(one.type, json::parse(one.data)) == kind::dead);
    CAF_CHECK_EQUAL(job.last.letter->code, "validation-failed");
    CAF_CHECK(job.records.empty() && job.last.rows.empty());
  }
}

// XR-6
CAF_TEST(an event that comes late or again does not bring back what was) {
  pipeline_job job;
  CAF_REQUIRE(job.take("pipeline.run", run_of("running"), "e1", 1s) == kind::done);
  CAF_CHECK_EQUAL(job.objects().size(), 1U);
  CAF_REQUIRE(job.take("pipeline.step", step("s1", 100, 60), "e2", 2s) == kind::done);
  CAF_REQUIRE(job.take("pipeline.step", step("s1", 100, 40), "e3", 3s) == kind::done);
  CAF_REQUIRE(job.take("pipeline.run", run_of("completed"), "e4", 4s) == kind::done);
  const auto records = job.records;
  CAF_REQUIRE(job.take("pipeline.run", run_of("running"), "e1", 1s) == kind::done);
  CAF_CHECK(job.objects().empty());
  CAF_REQUIRE(job.take("pipeline.step", step("s1", 100, 60), "e2", 2s) == kind::done);
  CAF_CHECK(job.objects().empty());
  CAF_CHECK_EQUAL(job.last.records.size(), 1U);
  CAF_CHECK(job.records == records);
  CAF_CHECK_EQUAL(records.at("runs/r1")["status"], "completed");
  CAF_CHECK_EQUAL(records.at("runs/r1")["total_output_count"], 40);
  CAF_CHECK_EQUAL(records.at("runs/r1")["created_at"], to_rfc3339(at(1s)));
  CAF_CHECK_EQUAL(records.at("runs/r1")["updated_at"], to_rfc3339(at(4s)));
  // The newest ones again are the same again, with their objects.
  CAF_REQUIRE(job.take("pipeline.run", run_of("completed"), "e4", 4s) == kind::done);
  CAF_CHECK_EQUAL(job.objects().size(), 1U);
  CAF_CHECK(job.records == records);
}

// XR-2
CAF_TEST(a payload is kept as it came) {
  pipeline_job job;
  const std::string payload =
      R"({"stepId" : "s1","runId":"r1","inputCount":1, "outputCount":1,"n":1.50,"big":12345678901234567890123})";
  CAF_REQUIRE(job.take_text("pipeline.step", payload, "e1", 0s) == kind::done);
  CAF_CHECK_EQUAL(job.last.rows.back().sink, "raw");
  CAF_CHECK_EQUAL(json::parse(job.last.rows.back().row)["body"].get<std::string>(), payload);
}

// S12
CAF_TEST(hostile ids name objects below their folder) {
  for (const std::string id :
       {"../../../../etc/passwd", "..", ".", "/", "a/../../b", "..\\x", "%2e%2e%2f", "\xe2\x80\xae", "nul", "a b"}) {
    const std::pair<const char*, json> events[] = {
        {"runs", {{"runId", id}, {"pipelineId", id}, {"status", "running"}}},
        {"steps", {{"runId", id}, {"stepId", id}, {"inputCount", 1}, {"outputCount", 1}}},
        {"decisions", {{"runId", id}, {"stepId", id}, {"outcome", "kept"}}}};
    for (const auto& [folder, data] : events) {
      pipeline_job job;
      const auto type = "pipeline." + std::string(folder, std::string_view(folder).size() - 1);
      CAF_REQUIRE(job.take(type, data, id) == kind::done);
      CAF_CHECK(job.objects() == (std::vector<std::string>{object_key(folder, at(0s), id)}));
      const auto key = job.objects().at(0);
      CAF_CHECK(key.starts_with(std::string(folder) + "/"));
      CAF_CHECK_EQUAL(std::count(key.begin(), key.end(), '/'), 4);
      CAF_CHECK(key.find("/.") == std::string::npos);
      CAF_CHECK(key.find_first_of("\\% ") == std::string::npos);
    }
  }
}

CAF_TEST(a run with too many steps and a run that was forgotten are dead letters) {
  pipeline_job job;
  auto old = step("old", 1, 1);
  old["runId"] = "r0";
  CAF_REQUIRE(job.take("pipeline.step", old, "e0") == kind::done);
  for (std::size_t i = 0; i < max_run_steps; ++i)
    CAF_REQUIRE(job.take("pipeline.step", step("s" + std::to_string(i), max_step_count, max_step_count), "e", 1s) ==
                kind::done);
  CAF_CHECK_EQUAL(job.records.at("runs/r1")["total_output_count"].get<std::uint64_t>(), max_run_steps * max_step_count);
  CAF_CHECK(job.take("pipeline.step", step("more", 1, 1), "e", 2s) == kind::dead);
  CAF_CHECK_EQUAL(job.last.letter->code, "limit-exceeded");
  old["stepId"] = "older";
  CAF_CHECK(job.take("pipeline.step", old, "e", -1s) == kind::dead);
  CAF_CHECK_EQUAL(job.last.letter->code, "history-trimmed");
  // Other runs of the job go on.
  old["runId"] = "r2";
  CAF_CHECK(job.take("pipeline.step", old, "e", 3s) == kind::done);
}

CAF_TEST(other types of the pipeline are not taken) {
  pipeline_job job;
  for (const auto* type :
       {"pipeline", "pipeline.runs", "pipeline.run.metrics", "pipeline.step.metrics", "pipeline.x"}) {
    CAF_CHECK(job.take(type, 7) == kind::done);
    CAF_CHECK(job.last.records.empty() && job.last.rows.empty());
    CAF_CHECK(job.last.entries.at(0).runs.empty());
  }
}

CAF_TEST(totals are the sum of the last word on each step) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 dice{seed};
  for (int round = 0; round < 50; ++round) {
    pipeline_job job;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> known;
    for (int i = 0; i < 30; ++i) {
      const auto id = "s" + std::to_string(dice() % 8);
      const std::uint64_t input = dice() % 1000;
      const std::uint64_t output = input == 0 ? 0 : dice() % (input + 1);
      known[id] = {input, output};
      CAF_REQUIRE(job.take("pipeline.step", step(id, input, output), "e", 1s * i) == kind::done);
      const auto kept = job.records.at("steps/" + id)["kept_count"].get<std::uint64_t>();
      const auto eliminated = job.records.at("steps/" + id)["eliminated_count"].get<std::uint64_t>();
      CAF_CHECK_EQUAL(kept + eliminated, input);
      const auto ratio = job.records.at("steps/" + id)["elimination_ratio"].get<double>();
      CAF_CHECK(ratio >= 0.0 && ratio <= 1.0);
    }
    std::uint64_t input = 0;
    std::uint64_t output = 0;
    for (const auto& [id, counts] : known) {
      input += counts.first;
      output += counts.second;
    }
    const auto& run = job.records.at("runs/r1");
    CAF_CHECK_EQUAL(run["total_steps"].get<std::size_t>(), known.size());
    CAF_CHECK_EQUAL(run["total_input_count"].get<std::uint64_t>(), input);
    CAF_CHECK_EQUAL(run["total_output_count"].get<std::uint64_t>(), output);
  }
}
