#define CAF_SUITE domain.cloudevent
#include "domain/gate.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace weir_test;

namespace {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct fixture {
  weir::event_parser parser{weir::event_limits{}};

  parsed structured(std::string_view body, const weir::envelope_hints& hints = accepted_now()) {
    return parser.parse_cloudevent(body, hints);
  }

  /// A good event with these members more.
  parsed with(std::string_view members) {
    return structured(R"({"specversion":"1.0","id":"1","source":"/s","type":"t","weirjobid":"j",)" +
                      std::string{members} + "}");
  }

  parsed binary(header_list more, std::string_view content_type, std::string_view body) {
    header_list headers{{"ce-specversion", "1.0"}, {"ce-id", "1"}, {"ce-source", "/s"}, {"ce-type", "t"}};
    headers.insert(headers.end(), more.begin(), more.end());
    auto hints = accepted_now();
    hints.job = "hint";
    return parser.parse_cloudevent_binary(headers, content_type, body, hints);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(cloudevent_tests, fixture)

CAF_TEST(a structured event arrives with all attributes) {
  auto ev = only(structured(R"({
    "specversion": "1.0", "id": "A-1", "source": "/my/\u00fc", "type": "com.example.x", "subject": "123",
    "time": "2026-04-05T17:31:00Z", "weirjobid": "job-1", "partitionkey": "p", "dataschema": "urn:x", "ext1": true,
    "ext2": 5, "unset": null, "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "a=b", "sequence": "00000000000000000042", "datacontenttype": "application/json; charset=utf-8",
    "data": { "a" : "b" }
  })"));
  CAF_CHECK_EQUAL(ev.id, "A-1");
  CAF_CHECK_EQUAL(ev.source, "/my/\xc3\xbc");
  CAF_CHECK_EQUAL(ev.type, "com.example.x");
  CAF_CHECK_EQUAL(ev.job, "job-1");
  CAF_CHECK_EQUAL(weir::to_rfc3339(ev.time), "2026-04-05T17:31:00.000Z");
  CAF_CHECK_EQUAL(ev.source_seq.value(), 42u);
  CAF_CHECK_EQUAL(ev.payload, R"({ "a" : "b" })");
  CAF_CHECK_EQUAL(ev.content_type, "");
  CAF_CHECK_EQUAL(ev.traceparent, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  CAF_CHECK_EQUAL(ev.metadata, R"({"subject":"123","partitionkey":"p","dataschema":"urn:x","ext1":true,"ext2":5,)"
                               R"("tracestate":"a=b"})");
}

CAF_TEST(required attributes are there and not empty) {
  nlohmann::json good{{"specversion", "1.0"}, {"id", "1"}, {"source", "/s"}, {"type", "t"}, {"weirjobid", "j"}};
  CAF_CHECK_EQUAL(said(structured(good.dump())), "ok");
  for (auto name : {"specversion", "id", "source", "type"}) {
    for (auto value : {nlohmann::json(""), nlohmann::json(1), nlohmann::json(nullptr), nlohmann::json("a\nb")}) {
      auto bad = good;
      bad[name] = value;
      CAF_CHECK_EQUAL(said(structured(bad.dump())), "validation-failed");
      bad.erase(name);
      CAF_CHECK_EQUAL(said(structured(bad.dump())), "validation-failed");
    }
  }
  good["specversion"] = "0.3";
  CAF_CHECK_EQUAL(said(structured(good.dump())), "validation-failed");
  CAF_CHECK_EQUAL(said(structured("[]")), "validation-failed");
  CAF_CHECK_EQUAL(said(structured("{")), "malformed-json");
}

CAF_TEST(attribute names and values follow the specification) {
  for (auto good :
       {R"("a1":"")", R"("x":0)", R"("x":false)", R"("x":null)", R"("averylongattributename0123456789":"x")"})
    CAF_CHECK_EQUAL(said(with(good)), "ok");
  for (auto bad :
       {R"("A":"x")", R"("a_b":"x")", R"("a-b":"x")", R"("":"x")", R"("\u00fc":"x")", R"("x":1.5)", R"("x":1e3)",
        R"("x":{})", R"("x":[])", R"("subject":1)", R"("datacontenttype":1)", R"("time":"x")", R"("time":7)"})
    CAF_CHECK_EQUAL(said(with(bad)), "validation-failed");
  CAF_CHECK_EQUAL(said(with(R"("a":1,"\u0061":1)")), "duplicate-key");
  CAF_CHECK_EQUAL(said(with(R"("data":1,"data":1)")), "duplicate-key");
}

CAF_TEST(the job comes from the first attribute that names one) {
  auto job = [this](std::string_view members, const std::string& hint) {
    auto hints = accepted_now();
    hints.job = hint;
    auto answer =
        structured(R"({"specversion":"1.0","id":"1","source":"/s","type":"t")" + std::string{members} + "}", hints);
    return answer ? only(answer).job : said(answer);
  };
  CAF_CHECK_EQUAL(job(R"(,"subject":"s","partitionkey":"p","weirjobid":"w")", ""), "w");
  CAF_CHECK_EQUAL(job(R"(,"subject":"s","partitionkey":"p")", "h"), "p");
  CAF_CHECK_EQUAL(job(R"(,"subject":"s")", "h"), "s");
  CAF_CHECK_EQUAL(job("", "h"), "h");
  CAF_CHECK_EQUAL(job("", ""), "no-job");
  CAF_CHECK_EQUAL(job(R"(,"weirjobid":"w")", "w"), "w");
  CAF_CHECK_EQUAL(job(R"(,"weirjobid":"w")", "h"), "validation-failed");
  CAF_CHECK_EQUAL(job(R"(,"weirjobid":"")", ""), "validation-failed");
  CAF_CHECK_EQUAL(job(R"(,"partitionkey":"..")", "h"), "validation-failed");
}

CAF_TEST(data and data_base64 keep their bytes) {
  auto none = only(with(R"("x":1)"));
  CAF_CHECK(none.kind == weir::payload_kind::none);
  auto text = only(with(R"("datacontenttype":"text/xml","data":"<a b=\"c\"/>")"));
  CAF_CHECK(text.kind == weir::payload_kind::json);
  CAF_CHECK_EQUAL(text.payload, R"("<a b=\"c\"/>")");
  CAF_CHECK_EQUAL(text.content_type, "text/xml");
  auto other = only(with(R"("datacontenttype":"application/vnd.x+json","data":[1])"));
  CAF_CHECK_EQUAL(other.content_type, "application/vnd.x+json");
  auto null = only(with(R"("data":null,"data_base64":null)"));
  CAF_CHECK_EQUAL(null.payload, "null");
  auto bytes = only(with(R"("datacontenttype":"image/png","data_base64":"\/\/79")"));
  CAF_CHECK(bytes.kind == weir::payload_kind::base64);
  CAF_CHECK_EQUAL(bytes.payload, "//79");
  CAF_CHECK_EQUAL(bytes.content_type, "image/png");
  for (auto bad :
       {R"("data":1,"data_base64":"")", R"("data_base64":"Zg")", R"("data_base64":"Z g=")", R"("data_base64":1)"})
    CAF_CHECK_EQUAL(said(with(bad)), "validation-failed");
}

CAF_TEST(a sequence that is no number stays in the metadata) {
  CAF_CHECK_EQUAL(only(with(R"("sequence":"007")")).source_seq.value(), 7u);
  CAF_CHECK_EQUAL(only(with(R"("sequence":"0")")).source_seq.value(), 0u);
  CAF_CHECK_EQUAL(only(with(R"("sequence":12)")).source_seq.value(), 12u);
  for (std::string other : {R"("a1")", R"("")", R"("-1")", R"("1.0")", R"("9007199254740992")", R"(" 1")"}) {
    auto ev = only(with("\"sequence\":" + other));
    CAF_CHECK(!ev.source_seq);
    CAF_CHECK_EQUAL(ev.metadata, "{\"sequence\":" + other + "}");
  }
}

CAF_TEST(a batch of CloudEvents may be empty) {
  std::string one = R"({"specversion":"1.0","id":"1","source":"/s","type":"t","weirjobid":"j"})";
  auto batch = [this](const std::string& body) {
    return said_each(parser.parse_cloudevents_batch(body, accepted_now()));
  };
  CAF_CHECK_EQUAL(batch("[]"), "");
  CAF_CHECK(parser.parse_cloudevents_batch("[]", accepted_now()).has_value());
  CAF_CHECK_EQUAL(batch("[" + one + ",{}," + one + "]"), "ok validation-failed ok");
  CAF_CHECK_EQUAL(batch(one), "validation-failed");
  CAF_CHECK_EQUAL(batch("[" + one + ",]"), "malformed-json");
}

CAF_TEST(binary mode reads attributes from headers) {
  auto ev = only(binary({{"ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80"},
                         {"ce-time", "2026-04-05T17:31:00Z"},
                         {"ce-sequence", "5"},
                         {"ce-quoted", "\"a \\\"b\\\" %41\""},
                         {"ce-percent", "100%"}},
                        "application/json", " {\"a\": 1}\n"));
  CAF_CHECK_EQUAL(ev.job, "Euro \xe2\x82\xac \xf0\x9f\x98\x80");
  CAF_CHECK_EQUAL(ev.payload, "{\"a\": 1}");
  CAF_CHECK_EQUAL(ev.content_type, "");
  CAF_CHECK_EQUAL(ev.source_seq.value(), 5u);
  CAF_CHECK_EQUAL(
      ev.metadata,
      "{\"subject\":\"Euro \xe2\x82\xac \xf0\x9f\x98\x80\",\"quoted\":\"a \\\"b\\\" A\",\"percent\":\"100%\"}");
}

CAF_TEST(binary mode refuses headers that cannot be attributes) {
  for (const auto& bad : header_list{{"ce-datacontenttype", "text/plain"},
                                     {"ce-data", "x"},
                                     {"ce-a_b", "x"},
                                     {"ce-", "x"},
                                     {"ce-x", "%FF"},
                                     {"ce-x", "\xff"},
                                     {"ce-data_base64", "Zg=="}})
    CAF_CHECK_EQUAL(said(binary({bad}, "application/json", "{}")), "validation-failed");
  CAF_CHECK_EQUAL(said(binary({{"ce-id", "2"}}, "application/json", "{}")), "duplicate-key");
}

CAF_TEST(binary mode takes the body by its media type) {
  struct row {
    std::string content_type, body, said, payload, stored_type;
    weir::payload_kind kind = weir::payload_kind::json;
  };
  const row table[] = {
      {"", "[1]", "ok", "[1]", ""},
      {"Application/JSON", "[ ]", "ok", "[ ]", ""},
      {"application/vnd.a+json", "1", "ok", "1", "application/vnd.a+json"},
      {"application/json", "{", "malformed-json", "", ""},
      {"application/json", repeated("[", 11) + repeated("]", 11), "too-deep", "", ""},
      {"text/plain; charset=utf-8", "a\n\"\xc3\xbc\"", "ok", "\"a\\n\\\"\xc3\xbc\\\"\"", "text/plain; charset=utf-8"},
      {"text/plain", "\xff", "ok", "/w==", "text/plain", weir::payload_kind::base64},
      {"application/octet-stream", "foobar", "ok", "Zm9vYmFy", "application/octet-stream", weir::payload_kind::base64},
      {"application/json", "", "ok", "", "application/json", weir::payload_kind::none},
  };
  for (const auto& row : table) {
    auto answer = binary({}, row.content_type, row.body);
    CAF_CHECK_EQUAL(said(answer), row.said);
    if (!answer)
      continue;
    CAF_CHECK_EQUAL(only(answer).payload, row.payload);
    CAF_CHECK_EQUAL(only(answer).content_type, row.stored_type);
    CAF_CHECK(only(answer).kind == row.kind);
  }
  auto limit = weir::event_limits{}.max_bytes;
  CAF_CHECK_EQUAL(said(binary({}, "text/plain", std::string(limit, 'x'))), "ok");
  CAF_CHECK_EQUAL(said(binary({}, "text/plain", std::string(limit + 1, 'x'))), "too-large");
}

CAF_TEST_FIXTURE_SCOPE_END()
