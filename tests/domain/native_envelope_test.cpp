#define CAF_SUITE domain.native_envelope
#include "domain/gate.hpp"
#include "support/weir_test.hpp"

#include <string>
#include <utility>

using namespace weir_test;

namespace {

struct fixture {
  weir::event_parser parser{weir::event_limits{}};

  parsed native(std::string_view body) {
    return parser.parse_native(body, accepted_now());
  }

  /// What is said of an event with these members beside jobId and type.
  std::string with(std::string_view members) {
    return said(native(R"({"jobId":"j","type":"t",)" + std::string{members} + "}"));
  }
};

constexpr std::string_view trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

} // namespace

CAF_TEST_FIXTURE_SCOPE(native_envelope_tests, fixture)

CAF_TEST(every field arrives in the event) {
  auto ev = only(native(R"({
    "jobId": "job \u00e9", "type": "item.analyzed", "data": {"a": 1}, "id": "e-1", "time": "2026-11-22T13:00:07.5+01:00",
    "source": "scanner", "seq": 9007199254740991, "metadata": {"k": [1, 2]}, "priority": "high",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "subject": "s\"1"
  })"));
  CAF_CHECK_EQUAL(ev.job, "job \xc3\xa9");
  CAF_CHECK_EQUAL(ev.type, "item.analyzed");
  CAF_CHECK_EQUAL(ev.payload, R"({"a": 1})");
  CAF_CHECK_EQUAL(ev.content_type, "");
  CAF_CHECK_EQUAL(ev.id, "e-1");
  CAF_CHECK_EQUAL(weir::to_rfc3339(ev.time), "2026-11-22T12:00:07.500Z");
  CAF_CHECK_EQUAL(ev.source, "scanner");
  CAF_CHECK_EQUAL(ev.source_seq.value(), 9007199254740991u);
  CAF_CHECK_EQUAL(ev.metadata, R"({"subject":"s\"1","k": [1, 2]})");
  CAF_CHECK(ev.priority == weir::event_priority::high);
  CAF_CHECK_EQUAL(ev.traceparent, std::string{trace});
  CAF_CHECK(!ev.replayed);
}

CAF_TEST(what is not given gets its default) {
  auto ev = only(native(R"({"jobId":"j","type":"t"})"));
  CAF_CHECK_EQUAL(ev.id, "");
  CAF_CHECK_EQUAL(ev.source, "api");
  CAF_CHECK(ev.time == accepted_now().now);
  CAF_CHECK(ev.kind == weir::payload_kind::none);
  CAF_CHECK_EQUAL(ev.payload, "");
  CAF_CHECK_EQUAL(ev.metadata, "");
  CAF_CHECK(!ev.source_seq);
  CAF_CHECK(ev.priority == weir::event_priority::normal);
  CAF_CHECK_EQUAL(ev.traceparent, "");
}

CAF_TEST(null stands for not given except as data) {
  auto ev = only(native(R"({"jobId":"j","type":"t","id":null,"time":null,"source":null,"seq":null,"metadata":null,)"
                        R"("priority":null,"traceparent":null,"subject":null,"data":null})"));
  CAF_CHECK(ev.kind == weir::payload_kind::json);
  CAF_CHECK_EQUAL(ev.payload, "null");
  ev.kind = weir::payload_kind::none;
  ev.payload.clear();
  CAF_CHECK(ev == only(native(R"({"jobId":"j","type":"t"})")));
  CAF_CHECK_EQUAL(said(native(R"({"jobId":null,"type":"t"})")), "no-job");
  CAF_CHECK_EQUAL(said(native(R"({"jobId":"j","type":null})")), "validation-failed");
}

CAF_TEST(a key of the envelope stands once) {
  CAF_CHECK_EQUAL(with(R"("type":"t")"), "duplicate-key");
  CAF_CHECK_EQUAL(with(R"("\u0074ype":"t")"), "duplicate-key");
  CAF_CHECK_EQUAL(with(R"("data":1,"data":1)"), "duplicate-key");
  CAF_CHECK_EQUAL(with(R"("x":1,"x":1)"), "duplicate-key");
  CAF_CHECK_EQUAL(with(R"("data":{"a":1,"a":2})"), "ok");
}

CAF_TEST(an unknown field is refused with the nearest name) {
  const std::pair<std::string, std::string> table[] = {
      {"typ", R"(unknown field "typ", did you mean "type"?)"},
      {"jobid", R"(unknown field "jobid", did you mean "jobId"?)"},
      {"job_id", R"(unknown field "job_id", did you mean "jobId"?)"},
      {"source_seq", R"(unknown field "source_seq", did you mean "sourceSeq"?)"},
      {"meta", R"(unknown field "meta", did you mean "data"?)"},
      {"completelyDifferent", R"(unknown field "completelyDifferent")"},
      {"", R"(unknown field "")"},
  };
  for (const auto& [name, sentence] : table) {
    auto answer = native(R"({"jobId":"j",")" + name + R"(":1})");
    CAF_CHECK_EQUAL(said(answer), "validation-failed");
    CAF_CHECK_EQUAL(detail(answer), sentence);
  }
  auto cut = detail(native("{\"" + repeated("\xc3\xbc", 200) + "\":1}"));
  CAF_CHECK_EQUAL(cut, "unknown field \"" + repeated("\xc3\xbc", 32) + "...\"");
}

CAF_TEST(names have 1 to 255 bytes without control characters) {
  CAF_CHECK_EQUAL(said(native(R"({"jobId":"j"})")), "validation-failed");
  CAF_CHECK_EQUAL(detail(native(R"({"jobId":"j"})")), "type is missing");
  for (std::string name : {"type", "id", "source", "jobId", "subject"}) {
    auto others = name == "type" ? R"("jobId":"j")" : name == "jobId" ? R"("type":"t")" : R"("jobId":"j","type":"t")";
    auto body = [&](std::string_view value) {
      return "{" + std::string{others} + ",\"" + name + "\":" + std::string{value} + "}";
    };
    CAF_CHECK_EQUAL(said(native(body('"' + std::string(255, 'x') + '"'))), "ok");
    for (auto value : {std::string{"\"\""}, '"' + std::string(256, 'x') + '"', std::string{R"("a\u0000b")"},
                       std::string{R"("a\nb")"}, std::string{R"("a\u007f")"}, std::string{"1"}, std::string{"{}"},
                       std::string{"[\"a\"]"}, std::string{"true"}})
      CAF_CHECK_EQUAL(said(native(body(value))), "validation-failed");
  }
}

CAF_TEST(a source number is an integer below two to the power of 53) {
  for (auto good : {R"("seq":0)", R"("seq":1)", R"("sourceSeq":9007199254740991)"})
    CAF_CHECK_EQUAL(with(good), "ok");
  for (auto bad : {R"("seq":-1)", R"("seq":1.0)", R"("seq":1e3)", R"("seq":9007199254740992)", R"("seq":"1")",
                   R"("seq":-0)", R"("seq":99999999999999999999999)", R"("seq":true)", R"("seq":1,"sourceSeq":1)"})
    CAF_CHECK_EQUAL(with(bad), "validation-failed");
}

CAF_TEST(time metadata and priority are checked) {
  CAF_CHECK_EQUAL(with(R"("time":"2026-11-22T12:00:07Z")"), "ok");
  CAF_CHECK_EQUAL(with(R"("time":"yesterday")"), "validation-failed");
  CAF_CHECK_EQUAL(with(R"("time":1700000000)"), "validation-failed");
  CAF_CHECK_EQUAL(with(R"("metadata":{})"), "ok");
  CAF_CHECK_EQUAL(with(R"("metadata":[])"), "validation-failed");
  CAF_CHECK_EQUAL(with(R"("metadata":"{}")"), "validation-failed");
  for (auto good : {"low", "normal", "high"})
    CAF_CHECK_EQUAL(with("\"priority\":\"" + std::string{good} + "\""), "ok");
  CAF_CHECK_EQUAL(with(R"("priority":"urgent")"), "validation-failed");
  CAF_CHECK_EQUAL(with(R"("priority":2)"), "validation-failed");
}

CAF_TEST(the subject joins the metadata) {
  auto metadata = [this](std::string_view members) {
    return only(native(R"({"jobId":"j","type":"t","subject":"s",)" + std::string{members} + "}")).metadata;
  };
  CAF_CHECK_EQUAL(metadata(R"("id":"1")"), R"({"subject":"s"})");
  CAF_CHECK_EQUAL(metadata(R"("metadata":{ })"), R"({"subject":"s"})");
  CAF_CHECK_EQUAL(metadata(R"("metadata":{ "a":1 })"), R"({"subject":"s","a":1 })");
  CAF_CHECK_EQUAL(with(R"("subject":"s","metadata":{"subject":"t"})"), "duplicate-key");
}

CAF_TEST(an invalid traceparent is dropped) {
  auto kept = [this](const std::string& text) {
    return only(native(R"({"jobId":"j","type":"t","traceparent":")" + text + "\"}")).traceparent;
  };
  std::string good{trace};
  CAF_CHECK_EQUAL(kept(good), good);
  CAF_CHECK_EQUAL(kept("01" + good.substr(2) + "-later-parts"), "01" + good.substr(2));
  for (const auto& bad :
       {std::string{}, good + "-x", "ff" + good.substr(2), good.substr(1), "0G" + good.substr(2),
        "00-" + std::string(32, '0') + good.substr(35), good.substr(0, 36) + std::string(16, '0') + "-01",
        std::string{"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"}, "01" + good.substr(2) + "x"})
    CAF_CHECK_EQUAL(kept(bad), "");
  CAF_CHECK_EQUAL(with(R"("traceparent":1)"), "validation-failed");
}

CAF_TEST(hints fill in what the event does not say) {
  auto hints = accepted_now();
  hints.job = "path";
  hints.source = "hook";
  hints.traceparent = trace;
  auto ev = only(parser.parse_native(R"({"type":"t"})", hints));
  CAF_CHECK_EQUAL(ev.job, "path");
  CAF_CHECK_EQUAL(ev.source, "hook");
  CAF_CHECK_EQUAL(ev.traceparent, std::string{trace});
  CAF_CHECK_EQUAL(said(parser.parse_native(R"({"type":"t","jobId":"path"})", hints)), "ok");
  CAF_CHECK_EQUAL(said(parser.parse_native(R"({"type":"t","jobId":"other"})", hints)), "validation-failed");
  hints.traceparent = "nonsense";
  CAF_CHECK_EQUAL(only(parser.parse_native(R"({"type":"t"})", hints)).traceparent, "");
  hints.job = "..";
  CAF_CHECK_EQUAL(said(parser.parse_native(R"({"type":"t"})", hints)), "validation-failed");
}

CAF_TEST_FIXTURE_SCOPE_END()
