#define CAF_SUITE domain.frame
#include "domain/frame.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <string>

using nlohmann::json;

namespace {

weir::stream_entry entry_of(weir::event body, weir::entry_kind kind = weir::entry_kind::event) {
  auto accepted = std::make_shared<weir::accepted_event>();
  accepted->body = std::move(body);
  weir::stream_entry entry;
  entry.seq = 1041;
  entry.kind = kind;
  entry.body = std::move(accepted);
  return entry;
}

weir::event small_event() {
  return weir_test::sample_event("e-1", "item.seen", "{}")->body;
}

json document(const weir::frame_ptr& frame) {
  return json::parse("{" + frame->body + "}");
}

} // namespace

CAF_TEST(a frame says whether line breaks stand between its values) {
  auto body = small_event();
  CAF_CHECK(!weir::encode_frame(entry_of(body))->has_breaks);
  for (const auto* text : {"{\n}", "{\r}", "[1,\r\n2]"}) {
    body.payload = text;
    CAF_CHECK(weir::encode_frame(entry_of(body))->has_breaks);
  }
  body.payload = R"({"a":"\n"})";
  CAF_CHECK(!weir::encode_frame(entry_of(body))->has_breaks);
}

CAF_TEST(a small event becomes a small frame) {
  auto frame = weir::encode_frame(entry_of(small_event()));
  CAF_CHECK_EQUAL(frame->seq, 1041u);
  CAF_CHECK_EQUAL(frame->type, "item.seen");
  CAF_CHECK_EQUAL(frame->body, "\"seq\":1041,\"id\":\"e-1\",\"type\":\"item.seen\",\"time\":\"" +
                                   weir::to_rfc3339(weir_test::day_one) + "\",\"data\":{},\"source\":\"api\"");
}

CAF_TEST(every part of an event arrives and payload bytes are kept) {
  auto body = small_event();
  body.id = "quote \" slash \\ line \n";
  body.payload = "{ \"a\" :\t[1.0, \"\\u00e9\"] }";
  body.content_type = "application/vnd.x+json";
  body.metadata = R"({"k": 1})";
  body.source_seq = 9007199254740991u;
  body.causation = "cause";
  body.replayed = true;
  auto frame = weir::encode_frame(entry_of(body, weir::entry_kind::emitted));
  CAF_CHECK(frame->body.find(body.payload) != std::string::npos);
  auto expected = json{{"seq", 1041},
                       {"id", body.id},
                       {"type", "item.seen"},
                       {"time", weir::to_rfc3339(body.time)},
                       {"data", json::parse(body.payload)},
                       {"datacontenttype", body.content_type},
                       {"source", "api"},
                       {"sourceSeq", 9007199254740991u},
                       {"metadata", {{"k", 1}}},
                       {"causationId", "cause"},
                       {"replayed", true}};
  CAF_CHECK_EQUAL(document(frame).dump(), expected.dump());
}

CAF_TEST(bytes travel as base64 and no payload as nothing) {
  auto body = small_event();
  body.kind = weir::payload_kind::base64;
  body.payload = "//79";
  body.content_type = "image/png";
  auto bytes = document(weir::encode_frame(entry_of(body)));
  CAF_CHECK_EQUAL(bytes["data_base64"].get<std::string>(), "//79");
  CAF_CHECK_EQUAL(bytes["datacontenttype"].get<std::string>(), "image/png");
  CAF_CHECK(!bytes.contains("data"));
  body.kind = weir::payload_kind::none;
  body.payload.clear();
  body.content_type.clear();
  auto nothing = document(weir::encode_frame(entry_of(body)));
  CAF_CHECK(!nothing.contains("data") && !nothing.contains("data_base64"));
}

CAF_TEST(a dead event says why) {
  auto entry = entry_of(small_event(), weir::entry_kind::dead);
  for (std::uint32_t number = 1; number <= 5; ++number)
    entry.runs.push_back({number, weir_test::day_one, "feedback", "retry", "bad-score", "score \"x\"", 10});
  auto dead = document(weir::encode_frame(entry))["dead"];
  CAF_CHECK_EQUAL(dead.dump(), R"({"attempts":5,"code":"bad-score","detail":"score \"x\""})");
  entry.runs.clear();
  CAF_CHECK_EQUAL(document(weir::encode_frame(entry))["dead"].dump(), R"({"attempts":0,"code":"late","detail":""})");
}

CAF_TEST(a gap names the missing numbers) {
  weir::stream_entry entry;
  entry.seq = 7;
  entry.kind = weir::entry_kind::gap;
  entry.gap_source = "scanner \"1\"";
  entry.gap = {5, 7};
  auto frame = weir::encode_frame(entry);
  CAF_CHECK_EQUAL(frame->type, "weir.gap");
  CAF_CHECK_EQUAL(document(frame).dump(),
                  R"({"gap":{"from":5,"source":"scanner \"1\"","to":7},"seq":7,"type":"weir.gap"})");
}

CAF_TEST(any text survives as a JSON string) {
  std::string all = "\xc3\xbc \xf0\x9f\x98\x80 /";
  for (auto c = 0; c < 128; ++c)
    all += static_cast<char>(c);
  std::string out = "x";
  weir::append_json_string(out, all);
  CAF_CHECK_EQUAL(out.front(), 'x');
  CAF_CHECK(json::parse(out.substr(1)).get<std::string>() == all);
  CAF_CHECK(out.find('\n') == std::string::npos);
  out.clear();
  weir::append_json_string(out, "");
  CAF_CHECK_EQUAL(out, "\"\"");
}
