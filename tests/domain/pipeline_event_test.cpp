#define CAF_SUITE domain.pipeline_event
#include "domain/pipeline/pipeline_event.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <utility>

using namespace weir;
using weir_test::sample_event;

namespace {

event of(std::string_view type, std::string payload) {
  return sample_event("e1", std::string(type), std::move(payload))->body;
}

std::string wrong_step(std::string payload) {
  const auto news = read_step(of(step_type, std::move(payload)));
  CAF_REQUIRE(!news.has_value());
  CAF_CHECK(news.error().code == errc::validation_failed);
  return news.error().detail;
}

/// A step with one more member, or one replaced.
std::string step_with(const std::string& member) {
  return R"({"step_id":"s","run_id":"r","input_count":10,"output_count":4,)" + member + "}";
}

} // namespace

// XR-3
CAF_TEST(a step is read in both spellings) {
  const step_news expected{"s1", "r1", "p1", {10, 4, 3, 6, 9}};
  const auto snake =
      read_step(of(step_type, R"({"step_id":"s1","run_id":"r1","pipeline_id":"p1","input_count":10,"output_count":4,)"
                              R"("kept_count":3,"eliminated_count":6,"scored_count":9,"further":[{}]})"));
  CAF_REQUIRE(snake.has_value());
  CAF_CHECK(*snake == expected);
  const auto camel = read_step(of(step_type, R"({"stepId":"s1","runId":"r1","pipelineId":"p1","inputCount":10,)"
                                             R"("outputCount":4,"keptCount":3,"eliminatedCount":6,"scoredCount":9})"));
  CAF_REQUIRE(camel.has_value());
  CAF_CHECK(*camel == expected);
  // Twice the same is no contradiction, and null is nothing.
  const auto both =
      read_step(of(step_type, R"({"step_id":"s1","stepId":"s1","run_id":"r1","runId":null,"pipeline_id":"p1",)"
                              R"("input_count":10,"output_count":4,"kept_count":3,"eliminated_count":6,)"
                              R"("scored_count":null,"scoredCount":9})"));
  CAF_REQUIRE(both.has_value());
  CAF_CHECK(*both == expected);
}

CAF_TEST(counts that are not said follow from those that are) {
  const std::pair<const char*, step_figures> table[] = {
      {R"("x":1)", {10, 4, 4, 6, 0}},
      {R"("kept_count":null,"eliminated_count":null)", {10, 4, 4, 6, 0}},
      {R"("kept_count":1)", {10, 4, 1, 9, 0}},
      {R"("kept_count":11)", {10, 4, 11, 0, 0}},
      {R"("eliminated_count":2)", {10, 4, 4, 2, 0}},
      {R"("scored_count":10)", {10, 4, 4, 6, 10}},
  };
  for (const auto& [member, figures] : table) {
    const auto news = read_step(of(step_type, step_with(member)));
    CAF_REQUIRE(news.has_value());
    CAF_CHECK(news->figures == figures);
  }
}

CAF_TEST(a wrong step is refused with the member that is wrong) {
  const std::pair<std::string, const char*> table[] = {
      {"[]", "the payload: expected object, found array"},
      {"null", "the payload: expected object, found null"},
      {"7", "the payload: expected object, found number"},
      {"\"text\"", "the payload: expected object, found string"},
      {"{}", "/stepId: expected string, found nothing"},
      {R"({"step_id":"s"})", "/runId: expected string, found nothing"},
      {R"({"step_id":"s","run_id":"r"})", "/inputCount: expected non-negative integer, found nothing"},
      {R"({"step_id":"s","run_id":"r","input_count":1})", "/outputCount: expected non-negative integer, found nothing"},
      {R"({"step_id":7,"run_id":"r","input_count":1,"output_count":1})", "/step_id: expected string, found number"},
      {R"({"stepId":{"a":1},"run_id":"r","input_count":1,"output_count":1})", "/stepId: expected string, found object"},
      {R"({"step_id":"","run_id":"r","input_count":1,"output_count":1})", "/step_id is empty"},
      {R"({"step_id":"a\u0000b","run_id":"r","input_count":1,"output_count":1})", "/step_id has a control character"},
      {R"({"step_id":"s","run_id":"r\n","input_count":1,"output_count":1})", "/run_id has a control character"},
      {R"({"step_id":"s","stepId":"t","run_id":"r","input_count":1,"output_count":1})",
       "/stepId and /step_id disagree"},
      {R"({"step_id":"s","run_id":"r","input_count":1,"inputCount":2,"output_count":1})",
       "/inputCount and /input_count disagree"},
      {R"({"step_id":"s","run_id":"r","input_count":-1,"output_count":1})",
       "/input_count: expected non-negative integer, found number"},
      {R"({"step_id":"s","run_id":"r","input_count":1.5,"output_count":1})",
       "/input_count: expected non-negative integer, found number"},
      {R"({"step_id":"s","run_id":"r","input_count":"1","output_count":1})",
       "/input_count: expected non-negative integer, found string"},
      {R"({"step_id":"s","run_id":"r","input_count":true,"output_count":1})",
       "/input_count: expected non-negative integer, found boolean"},
      {R"({"step_id":"s","run_id":"r","input_count":[1],"output_count":1})",
       "/input_count: expected non-negative integer, found array"},
      {R"({"step_id":"s","run_id":"r","input_count":1e300,"output_count":1})",
       "/input_count: expected non-negative integer, found number"},
      {R"({"step_id":"s","run_id":"r","input_count":1000000000001,"output_count":1})",
       "/input_count: expected at most 1000000000000, found 1000000000001"},
      {R"({"step_id":"s","run_id":"r","input_count":1,"output_count":18446744073709551615})",
       "/output_count: expected at most 1000000000000, found 18446744073709551615"},
      {R"({"step_id":"s","run_id":"r","input_count":1,"output_count":2})",
       "/outputCount: expected at most /inputCount, 1, found 2"},
      {step_with(R"("kept_count":-1)"), "/kept_count: expected non-negative integer, found number"},
      {step_with(R"("eliminated_count":"none")"), "/eliminated_count: expected non-negative integer, found string"},
      {step_with(R"("scored_count":{})"), "/scored_count: expected non-negative integer, found object"},
      {step_with(R"("pipeline_id":3)"), "/pipeline_id: expected string, found number"},
      {step_with(R"("pipeline_id":"")"), "/pipeline_id is empty"},
      {R"({"step_id":")" + std::string(201, 'x') + R"(","run_id":"r","input_count":1,"output_count":1})",
       "/step_id: expected at most 200 bytes, found 201"},
      // JSON has no such numbers; the reader then sees no document at all.
      {R"({"step_id":"s","run_id":"r","input_count":NaN,"output_count":1})",
       "the payload: expected object, found null"},
      {R"({"step_id":"s","run_id":"r","input_count":1e999,"output_count":1})",
       "the payload: expected object, found null"},
  };
  for (const auto& [payload, detail] : table)
    CAF_CHECK_EQUAL(wrong_step(payload), detail);
  CAF_CHECK(read_step(of(step_type, R"({"step_id":")" + std::string(200, 'x') +
                                        R"(","run_id":"r","input_count":1,"output_count":1})"))
                .has_value());
}

CAF_TEST(a payload of another kind is refused) {
  auto bytes = of(step_type, "e30=");
  bytes.kind = payload_kind::base64;
  auto nothing = of(run_type, "");
  nothing.kind = payload_kind::none;
  CAF_CHECK_EQUAL(read_step(bytes).error().detail, "the payload is not JSON");
  CAF_CHECK_EQUAL(read_run(nothing).error().detail, "the payload is not JSON");
  CAF_CHECK_EQUAL(read_decision(bytes).error().detail, "the payload is not JSON");
}

// XR-4
CAF_TEST(a run says how it goes in its own words) {
  const auto read = read_run(of(run_type, R"({"runId":"r","pipeline_id":"p","status":"completed","x":[]})"));
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(*read == (run_news{"r", "p", "completed"}));
  const std::pair<std::string, const char*> wrong[] = {
      {"{}", "/runId: expected string, found nothing"},
      {R"({"runId":"r"})", "/pipelineId: expected string, found nothing"},
      {R"({"runId":"r","pipelineId":"p"})", "/status: expected string, found nothing"},
      {R"({"runId":"r","pipelineId":"p","status":1})", "/status: expected string, found number"},
      {R"({"runId":"r","pipelineId":"p","status":""})", "/status is empty"},
      {R"({"runId":"r","pipelineId":"p","status":")" + std::string(65, 'x') + R"("})",
       "/status: expected at most 64 bytes, found 65"},
  };
  for (const auto& [payload, detail] : wrong)
    CAF_CHECK_EQUAL(read_run(of(run_type, payload)).error().detail, detail);
}

CAF_TEST(a decision names step and run and outcome) {
  const auto read =
      read_decision(of(decision_type, R"({"step_id":"s","runId":"r","outcome":"kept","item":{"a":[1]}})"));
  CAF_REQUIRE(read.has_value());
  CAF_CHECK(*read == (decision_news{"s", "r", "kept"}));
  const std::pair<const char*, const char*> wrong[] = {
      {R"({"run_id":"r","outcome":"kept"})", "/stepId: expected string, found nothing"},
      {R"({"step_id":"s","outcome":"kept"})", "/runId: expected string, found nothing"},
      {R"({"step_id":"s","run_id":"r"})", "/outcome: expected string, found nothing"},
      {R"({"step_id":"s","run_id":"r","outcome":["kept"]})", "/outcome: expected string, found array"},
      {R"({"step_id":"s","run_id":"r","outcome":"a\tb"})", "/outcome has a control character"},
  };
  for (const auto& [payload, detail] : wrong)
    CAF_CHECK_EQUAL(read_decision(of(decision_type, payload)).error().detail, detail);
}
