#define CAF_SUITE domain.engagement_envelope
#include "domain/gate.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir_test;

namespace {

struct fixture {
  weir::event_parser parser{weir::event_limits{}};

  parsed read(std::string_view body) {
    return parser.parse_native(body, accepted_now());
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(engagement_envelope_tests, fixture)

// VAL-4
CAF_TEST(the short form becomes an event of its own type) {
  const auto ev = only(read(R"({"event_name":"page_view","event_type":"engagement","payload":{"page": "/home"}})"));
  CAF_CHECK_EQUAL(ev.type, "engagement.event.page_view");
  CAF_CHECK_EQUAL(ev.job, "engagement");
  CAF_CHECK_EQUAL(ev.source, "engagement");
  CAF_CHECK_EQUAL(ev.payload, R"({"event_name":"page_view","event_type":"engagement","payload":{"page": "/home"}})");
}

CAF_TEST(a user has an order of its own) {
  CAF_CHECK_EQUAL(only(read(R"({"event_name":"a","event_type":"b","user_id":123})")).job, "user-123");
  CAF_CHECK_EQUAL(only(read(R"({"event_name":"a","event_type":"b","user_id":"x\u0079"})")).job, "user-xy");
  CAF_CHECK_EQUAL(only(read(R"({"event_name":"a","event_type":"b","user_id":1,"jobId":"j"})")).job, "j");
  CAF_CHECK_EQUAL(only(read(R"({"event_name":"a","event_type":"b","user_id":null,"payload":null})")).job, "engagement");
}

CAF_TEST(id and time are taken as they are given) {
  const auto ev =
      only(read(R"({"event_name":"a","event_type":"b","id":"e-1","time":"2026-11-22T13:00:07Z","payload":{}})"));
  CAF_CHECK_EQUAL(ev.id, "e-1");
  CAF_CHECK_EQUAL(weir::to_rfc3339(ev.time), "2026-11-22T13:00:07.000Z");
}

// VAL-1, VAL-2
CAF_TEST(what is wrong is refused at the door) {
  for (const auto* body :
       {R"({"event_name":"a"})", R"({"event_type":"a"})", R"({"event_name":null,"event_type":"b"})",
        R"({"event_name":7,"event_type":"b"})", R"({"event_name":"","event_type":"b"})",
        R"({"event_name":"a","event_type":"b","payload":[]})", R"({"event_name":"a","event_type":"b","payload":"x"})",
        R"({"event_name":"a","event_type":"b","user_id":{}})", R"({"event_name":"a","event_type":"b","extra":1})",
        R"({"event_name":"a","event_type":"b","time":"noon"})"}) {
    CAF_CHECK_EQUAL(said_each(read(body)), "validation-failed");
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
