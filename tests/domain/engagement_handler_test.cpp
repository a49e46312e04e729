#define CAF_SUITE domain.engagement_handler
#include "domain/engagement/engagement_handler.hpp"

#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

processed_event run(const std::string& data, std::size_t failed_before = 0) {
  auto registry = std::make_shared<handler_registry>();
  CAF_REQUIRE(registry->add(engagement_entry({})).has_value());
  processor job{registry, {}};
  return job.run(sample_event("e1", "engagement.event.page_view", data), 3, std::vector<attempt>(failed_before), at(9s),
                 0.0);
}

json properties(const std::string& payload) {
  const auto done = run(R"({"event_name":"page_view","event_type":"engagement","payload":)" + payload + "}");
  CAF_REQUIRE(done.what == kind::done);
  return json::parse(done.records.at(0).document)["properties"];
}

} // namespace

// VAL-3
CAF_TEST(an event becomes a record with normalised properties) {
  const auto done = run(
      R"({"event_name":"page_view","event_type":"engagement","user_id":7,"payload":{"page":" /home ","duration":"45.5"}})");
  CAF_REQUIRE(done.what == kind::done);
  CAF_CHECK_EQUAL(done.records.at(0).collection, "engagement");
  CAF_CHECK_EQUAL(done.records.at(0).key, "e1");
  const auto now = to_rfc3339(at(0s));
  const json expected{{"id", "e1"},
                      {"event_name", "page_view"},
                      {"event_type", "engagement"},
                      {"user_id", 7},
                      {"status", "success"},
                      {"processed", true},
                      {"processed_at", now},
                      {"processing_error", nullptr},
                      {"properties",
                       {{"original", {{"page", " /home "}, {"duration", "45.5"}}},
                        {"normalized_at", now},
                        {"page", "/home"},
                        {"referrer", ""},
                        {"duration", 45.5},
                        {"scroll_depth", 0.0}}}};
  CAF_CHECK_EQUAL(json::parse(done.records.at(0).document), expected);
  CAF_CHECK_EQUAL(done.entries.at(1).body->body.type, "engagement.normalized");
  // The same in every attempt.
  const auto again = run(
      R"({"event_name":"page_view","event_type":"engagement","user_id":7,"payload":{"page":" /home ","duration":"45.5"}})",
      2);
  CAF_CHECK(again.records == done.records);
}

CAF_TEST(numbers that are none count as zero) {
  for (const auto* odd : {"null", "\"\"", "\"abc\"", "\"1.5x\"", "true", "[1]", "{}", "\"nan\"", "\"inf\""}) {
    const auto found = properties(std::string{R"({"duration":)"} + odd + R"(,"scroll_depth":)" + odd + "}");
    CAF_CHECK_EQUAL(found["duration"], 0.0);
    CAF_CHECK_EQUAL(found["scroll_depth"], 0.0);
  }
  CAF_CHECK_EQUAL(properties(R"({"duration":-3})")["duration"], -3.0);
  CAF_CHECK_EQUAL(properties(R"({"duration":" 12 "})")["duration"], 12.0);
}

CAF_TEST(texts that are none count as empty) {
  for (const auto* odd : {"null", "7", "[]", "{}", "\"  \\t\\n\""}) {
    const auto found = properties(std::string{R"({"page":)"} + odd + R"(,"referrer":)" + odd + "}");
    CAF_CHECK_EQUAL(found["page"], "");
    CAF_CHECK_EQUAL(found["referrer"], "");
  }
}

CAF_TEST(without a payload the properties are empty and the original is null) {
  const auto found = properties("null");
  CAF_CHECK(found["original"].is_null());
  CAF_CHECK_EQUAL(found["page"], "");
  CAF_CHECK(run(R"({"event_name":"a","event_type":"b"})").what == kind::done);
}

// VAL-1, VAL-2, VAL-6
CAF_TEST(what is wrong is a dead letter at once) {
  for (const auto* data :
       {"[]", "null", "7", "{}", R"({"event_name":"a"})", R"({"event_type":"a"})",
        R"({"event_name":"","event_type":"a"})", R"({"event_name":" ","event_type":"a"})",
        R"({"event_name":7,"event_type":"a"})", R"({"event_name":"a","event_type":"b","payload":[]})",
        R"({"event_name":"a","event_type":"b","payload":"text"})",
        R"({"event_name":"a","event_type":"b","payload":1})"}) {
    const auto gone = run(data);
    CAF_REQUIRE(gone.what == kind::dead);
    CAF_CHECK_EQUAL(gone.letter->code, "validation-failed");
    CAF_CHECK(!gone.letter->detail.empty());
    CAF_CHECK(gone.letter->detail.size() <= 255U);
    CAF_CHECK_EQUAL(gone.letter->attempts.size(), 1U);
    CAF_CHECK(gone.records.empty());
  }
}
