#define CAF_SUITE domain.cloudevent_encoding
#include "domain/cloudevent_encoding.hpp"

#include "domain/event_parser.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;
using json = nlohmann::json;

namespace {

event sample() {
  auto out = weir_test::sample_event("e1", "order.placed", "{\"amount\": 1.50}")->body;
  out.job = "shop \"1\"";
  return out;
}

} // namespace

CAF_TEST(an event becomes one object with its payload as it came) {
  CAF_CHECK_EQUAL(encode_cloudevent(sample(), {7, {}}),
                  R"({"specversion":"1.0","id":"e1","source":"api","type":"order.placed",)"
                  R"("time":"2026-11-18T11:06:40.000Z","weirjobid":"shop \"1\"","partitionkey":"shop \"1\"",)"
                  R"("sequence":"00000000000000000007","datacontenttype":"application/json","data":{"amount": 1.50}})");
}

CAF_TEST(our own gate reads back what is written) {
  auto ev = sample();
  ev.source = "https://shop.example/a?b=c";
  ev.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ev.metadata = R"({"userid":"u1","count":3,"beta":true})";
  event_parser parser{event_limits{}};
  const auto read = parser.parse_cloudevent(encode_cloudevent(ev, {0, {}}), {});
  CAF_REQUIRE(read.has_value() && read->size() == 1 && read->front().has_value());
  const auto& back = *read->front();
  CAF_CHECK_EQUAL(back.id, ev.id);
  CAF_CHECK_EQUAL(back.source, ev.source);
  CAF_CHECK_EQUAL(back.job, ev.job);
  CAF_CHECK_EQUAL(back.payload, ev.payload);
  CAF_CHECK_EQUAL(back.traceparent, ev.traceparent);
  const auto kept = json::parse(back.metadata);
  CAF_CHECK(kept["userid"] == "u1" && kept["count"] == 3 && kept["beta"] == true);
}

CAF_TEST(what is no attribute travels as text) {
  auto ev = sample();
  ev.metadata = R"({"userId":"u1","tags":["a"],"ok":"yes","id":"other","big":4294967296})";
  const auto made = json::parse(encode_cloudevent(ev, {1, R"({"total": 2})"}));
  CAF_CHECK(made["weirmetadata"] == ev.metadata);
  CAF_CHECK(made["ok"] == "yes");
  CAF_CHECK(made["id"] == "e1");
  CAF_CHECK(!made.contains("userId") && !made.contains("tags") && !made.contains("big"));
  CAF_CHECK(made["weirstate"] == R"({"total": 2})");
}

CAF_TEST(a source becomes a uri reference and bytes become base64) {
  auto ev = sample();
  ev.source = "my source \xc3\xa9<>";
  ev.kind = payload_kind::base64;
  ev.payload = "AAEC";
  ev.content_type = "image/png";
  ev.source_seq = 12;
  ev.causation = "cause";
  ev.replayed = true;
  auto made = json::parse(encode_cloudevent(ev, {1, {}}));
  CAF_CHECK(made["source"] == "my%20source%20%C3%A9%3C%3E");
  CAF_CHECK(made["data_base64"] == "AAEC" && !made.contains("data"));
  CAF_CHECK(made["datacontenttype"] == "image/png");
  CAF_CHECK(made["weirsourceseq"] == "12" && made["causationid"] == "cause" && made["weirreplayed"] == true);
  ev.kind = payload_kind::none;
  made = json::parse(encode_cloudevent(ev, {1, {}}));
  CAF_CHECK(!made.contains("data") && !made.contains("data_base64") && !made.contains("datacontenttype"));
}

CAF_TEST(a header carries any job name without a control character) {
  CAF_CHECK_EQUAL(header_text("job-1/a.b"), "job-1/a.b");
  CAF_CHECK_EQUAL(header_text("a b\"%\xc3\xa9\r\n"), "a%20b%22%25%C3%A9%0D%0A");
  CAF_CHECK_EQUAL(header_text(""), "");
}
