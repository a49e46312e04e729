#define CAF_SUITE domain.feedback_handler
#include "domain/feedback/feedback_handler.hpp"

#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

processor make_job() {
  auto registry = std::make_shared<handler_registry>();
  CAF_REQUIRE(registry->add(feedback_entry({})).has_value());
  return {registry, {}};
}

processed_event run(processor& job, const event_ptr& body, std::size_t failed_before = 0) {
  return job.run(body, 3, std::vector<attempt>(failed_before), at(9s), 0.0);
}

} // namespace

// CUR-5
CAF_TEST(an analyzed item becomes a feedback record and an event) {
  auto job = make_job();
  const auto cause = sample_event(
      "e1", "item.analyzed", R"({"itemId":"i-1","score":0.25,"tags":["a"],"id":"mine","jobId":"x","created_at":1})");
  const auto done = run(job, cause);
  CAF_REQUIRE(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.records.size(), 1U);
  const auto& record = done.records[0];
  CAF_CHECK_EQUAL(record.collection, "feedback");
  CAF_CHECK_EQUAL(record.key.size(), 36U);
  const json expected = {{"id", record.key}, {"jobId", "job-1"},  {"itemId", "i-1"},
                         {"score", 0.25},    {"tags", json{"a"}}, {"created_at", to_rfc3339(at(0s))}};
  CAF_CHECK_EQUAL(json::parse(record.document), expected);
  CAF_REQUIRE_EQUAL(done.entries.size(), 2U);
  CAF_CHECK_EQUAL(done.entries[1].body->body.type, "feedback.recorded");
  CAF_CHECK_EQUAL(done.entries[1].body->body.payload, record.document);
  CAF_CHECK(done.entries[1].body->body.id != record.key);
  // The same event again: the same record, so nothing is kept twice.
  const auto again = run(job, cause, 2);
  CAF_CHECK(again.records == done.records);
  const auto other = run(job, sample_event("e2", "item.analyzed", R"({"itemId":"i-1"})"));
  CAF_CHECK(other.records.at(0).key != record.key);
}

CAF_TEST(an analyzed item without an item id is a dead letter) {
  auto job = make_job();
  for (const auto* payload : {"{}", R"({"itemId":7})", R"({"itemId":null})", R"({"itemId":""})", "[]", "null", "1"}) {
    const auto gone = run(job, sample_event("e1", "item.analyzed", payload));
    CAF_REQUIRE(gone.what == kind::dead);
    CAF_CHECK_EQUAL(gone.letter->code, "validation-failed");
    CAF_CHECK_EQUAL(gone.letter->handler, "feedback");
    CAF_CHECK(!gone.letter->detail.empty());
    CAF_CHECK(gone.records.empty());
  }
  auto bytes = std::make_shared<accepted_event>(*sample_event("e1", "item.analyzed", "e30="));
  bytes->body.kind = payload_kind::base64;
  CAF_CHECK(run(job, bytes).what == kind::dead);
}

// CUR-6
CAF_TEST(other types pass without a record) {
  auto job = make_job();
  const auto done = run(job, sample_event("e1", "item.analyzed.draft", R"({"itemId":"i-1"})"));
  CAF_CHECK(done.what == kind::done);
  CAF_CHECK(done.records.empty());
  CAF_CHECK_EQUAL(done.entries.size(), 1U);
}
