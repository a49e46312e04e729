#define CAF_SUITE net.ingest_request

#include "net/ingest_request.hpp"

#include "support/weir_test.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace weir;
using namespace weir::net;

namespace {

http_request post(std::string type, std::string body, std::vector<header> more = {}) {
  http_request out;
  out.method = "POST";
  out.target = "/api/v1/events";
  out.headers = std::move(more);
  out.headers.push_back({"content-type", std::move(type)});
  out.body = std::move(body);
  out.caller = "ann";
  return out;
}

result<ingest_request> read(const http_request& request) {
  event_parser parser{event_limits{}};
  return read_ingest(request, parser, timestamp{});
}

submitted_item item(std::string id, std::string state) {
  return {std::move(id), "j", 7, std::move(state)};
}

} // namespace

CAF_TEST(the format is chosen by content type) {
  CAF_CHECK(*ingest_format_of(post("application/json; charset=utf-8", "")) == ingest_format::native);
  CAF_CHECK(*ingest_format_of(post("Application/X-NDJSON", "")) == ingest_format::ndjson);
  CAF_CHECK(*ingest_format_of(post("application/cloudevents+json", "")) == ingest_format::cloudevent);
  CAF_CHECK(*ingest_format_of(post("application/cloudevents-batch+json", "")) == ingest_format::cloudevents_batch);
  CAF_CHECK(*ingest_format_of(post("text/xml", "", {{"ce-specversion", "1.0"}})) == ingest_format::cloudevent_binary);
  for (auto type : {"text/plain", "", "application/jsonx"}) {
    auto got = ingest_format_of(post(type, ""));
    CAF_REQUIRE(!got);
    CAF_CHECK(got.error().code == errc::unsupported_media_type);
  }
}

CAF_TEST(one object is single and an array is not ) {
  auto one = read(post("application/json", R"({"jobId":"j","type":"t"})"));
  CAF_REQUIRE(static_cast<bool>(one));
  CAF_CHECK(one->single);
  auto many = read(post("application/json", R"( [{"jobId":"j","type":"t"}])"));
  CAF_REQUIRE(static_cast<bool>(many));
  CAF_CHECK(!many->single);
  CAF_CHECK_EQUAL(many->batch.events.size(), 1u);
}

CAF_TEST(wrong items are kept apart with their index) {
  auto got =
      read(post("application/x-ndjson", "{\"jobId\":\"j\",\"type\":\"t\"}\nnope\n{\"jobId\":\"j\",\"type\":\"u\"}\n"));
  CAF_REQUIRE(static_cast<bool>(got));
  CAF_REQUIRE_EQUAL(got->batch.events.size(), 2u);
  CAF_REQUIRE_EQUAL(got->rejected.size(), 1u);
  CAF_CHECK_EQUAL(got->rejected[0].index, 1u);
  CAF_CHECK_EQUAL(got->indexes[1], 2u);
}

CAF_TEST(the idempotency key belongs to its caller) {
  auto got = read(post("application/json", R"({"jobId":"j","type":"t"})", {{"idempotency-key", "\"k\""}}));
  CAF_REQUIRE(static_cast<bool>(got));
  CAF_CHECK_EQUAL(got->batch.idempotency_key, "ann\nk");
  CAF_CHECK_EQUAL(got->batch.fingerprint.size(), 32u);
  CAF_CHECK(!read(post("application/json", "{}", {{"idempotency-key", "\"k"}})));
}

CAF_TEST(the job may come from a header) {
  auto got = read(post("application/json", R"({"type":"t"})", {{"weir-job-id", "from-header"}}));
  CAF_REQUIRE(static_cast<bool>(got));
  CAF_REQUIRE_EQUAL(got->batch.events.size(), 1u);
  CAF_CHECK_EQUAL(got->batch.events[0].job, "from-header");
}

CAF_TEST(a single answer has location and href) {
  ingest_request request;
  request.single = true;
  request.source = "api";
  auto out = ingest_response(request, {{item("a b", "accepted")}, false, false, {}}, "/api/v1/events");
  CAF_CHECK_EQUAL(out.status, 202u);
  CAF_CHECK_EQUAL(std::string{out.header_of("location")}, "/api/v1/events/a%20b");
  auto body = nlohmann::json::parse(out.body);
  CAF_CHECK_EQUAL(body["id"].get<std::string>(), "a b");
  CAF_CHECK_EQUAL(body["jobId"].get<std::string>(), "j");
  CAF_CHECK_EQUAL(body["seq"].get<int>(), 7);
  CAF_CHECK_EQUAL(body["status"].get<std::string>(), "accepted");
  CAF_CHECK_EQUAL(body["href"].get<std::string>(), "/api/v1/events/a%20b");
}

CAF_TEST(an answer says what it stands for) {
  ingest_request request;
  request.single = true;
  submission_answer stored{{item("a", "accepted")}, false, false, "os"};
  auto single = nlohmann::json::parse(ingest_response(request, stored, "/").body);
  CAF_CHECK_EQUAL(single["durability"].get<std::string>(), "os");
  request.single = false;
  request.indexes = {0};
  stored.durability = "fsync";
  auto batch = nlohmann::json::parse(ingest_response(request, stored, "/").body);
  CAF_CHECK_EQUAL(batch["durability"].get<std::string>(), "fsync");
  // An empty batch stores nothing.
  CAF_CHECK(!nlohmann::json::parse(nothing_accepted(ingest_request{}, "/").body).contains("durability"));
}

CAF_TEST(the href names a source that is not the default) {
  CAF_CHECK_EQUAL(event_href("1", "/sensors?x"), "/api/v1/events/1?source=%2Fsensors%3Fx");
}

CAF_TEST(a wait that was kept is said) {
  ingest_request request;
  request.single = true;
  request.wait = std::chrono::seconds{5};
  auto waited = ingest_response(request, {{item("1", "processed")}, true, true, {}}, "/");
  CAF_CHECK_EQUAL(waited.status, 200u);
  CAF_CHECK_EQUAL(std::string{waited.header_of("preference-applied")}, "wait=5");
  CAF_CHECK_EQUAL(std::string{waited.header_of("idempotent-replayed")}, "true");
  auto late = ingest_response(request, {{item("1", "accepted")}, false, false, {}}, "/");
  CAF_CHECK_EQUAL(late.status, 202u);
  CAF_CHECK(late.header_of("preference-applied").empty());
}

CAF_TEST(a batch answer lists all items in order) {
  ingest_request request;
  request.indexes = {0, 2};
  request.rejected = {{1, fail(errc::no_job, "no job")}};
  auto out = ingest_response(request, {{item("a", "accepted"), item("b", "duplicate")}, false, false, {}}, "/");
  CAF_CHECK_EQUAL(out.status, 202u);
  auto body = nlohmann::json::parse(out.body);
  CAF_CHECK_EQUAL(body["status"].get<std::string>(), "partial");
  CAF_CHECK_EQUAL(body["accepted"].get<int>(), 1);
  CAF_CHECK_EQUAL(body["duplicate"].get<int>(), 1);
  CAF_CHECK_EQUAL(body["rejected"].get<int>(), 1);
  for (int i = 0; i < 3; ++i)
    CAF_CHECK_EQUAL(body["results"][static_cast<std::size_t>(i)]["index"].get<int>(), i);
  CAF_CHECK_EQUAL(body["results"][1]["error"]["code"].get<std::string>(), "no-job");
}

CAF_TEST(a batch of nothing but wrong items is unprocessable) {
  ingest_request request;
  request.rejected = {{0, fail(errc::no_job)}};
  CAF_CHECK_EQUAL(nothing_accepted(request, "/").status, 422u);
  CAF_CHECK_EQUAL(nothing_accepted(ingest_request{}, "/").status, 202u);
  request.single = true;
  CAF_CHECK_EQUAL(std::string{nothing_accepted(request, "/").header_of("content-type")}, "application/problem+json");
}

CAF_TEST(events that the node refused stand among the others with a time to come again) {
  ingest_request request;
  request.indexes = {0, 2, 3};
  request.rejected = {{1, fail(errc::no_job, "no job")}};
  submission_answer answer{{item("a", "rejected"), item("b", "accepted"), item("c", "rejected")}, false, false};
  answer.items[0].refused = refusal{fail(errc::rate_limited, "full"), std::chrono::milliseconds{1'500}};
  answer.items[2].refused = refusal{fail(errc::rate_limited, "full"), std::chrono::seconds{60}};
  take_refused(request, answer);
  auto out = ingest_response(request, answer, "/");
  CAF_CHECK_EQUAL(out.status, 202u);
  auto body = nlohmann::json::parse(out.body);
  CAF_CHECK_EQUAL(body["accepted"].get<int>(), 1);
  CAF_CHECK_EQUAL(body["rejected"].get<int>(), 3);
  std::string told;
  for (const auto& result : body["results"])
    told += fmt::format("{}{}{} ", result["index"].get<int>(), result.contains("id") ? "+" : "-",
                        result.value("retryAfter", 0));
  CAF_CHECK_EQUAL(told, "0-2 1-0 2+0 3-60 ");
  CAF_CHECK_EQUAL(body["results"][3]["error"]["status"].get<int>(), 429);
}
