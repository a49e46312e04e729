#define CAF_SUITE domain.handler_response
#include "domain/handler_response.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir;
using namespace std::chrono_literals;

namespace {

// 2026-11-18T11:06:40Z
const timestamp noon = weir_test::day_one;

handler_answer read(int status, std::string body, std::string retry_after = {}, bool cut = false) {
  const auto cause = weir_test::sample_event("e1");
  return read_handler_reply({status, std::move(retry_after), std::move(body), cut}, "shop", cause->body, noon);
}

/// "ok", "skip", "retry http-503", "dead bad-handler-answer: /emit: must be a list".
std::string told(const handler_answer& answer) {
  switch (answer.said.what) {
  case outcome::kind::ok:
    return "ok";
  case outcome::kind::skip:
    return "skip";
  case outcome::kind::retry:
    return "retry " + answer.said.code;
  case outcome::kind::dead:
    return "dead " + answer.said.code + ": " + answer.said.detail;
  }
  return "?";
}

} // namespace

CAF_TEST(a status says whether the event is done or tried again or dead) {
  const std::pair<int, const char*> rows[] = {
      {200, "ok"},
      {201, "ok"},
      {202, "ok"},
      {204, "ok"},
      {301, "retry http-301"},
      {304, "retry http-304"},
      {307, "retry http-307"},
      {400, "dead http-400: the handler answered 400"},
      {401, "dead http-401: the handler answered 401"},
      {404, "dead http-404: the handler answered 404"},
      {408, "retry http-408"},
      {409, "retry http-409"},
      {410, "retry gone"},
      {411, "dead http-411: the handler answered 411"},
      {415, "dead http-415: the handler answered 415"},
      {422, "dead http-422: the handler answered 422"},
      {425, "retry http-425"},
      {429, "retry http-429"},
      {451, "dead http-451: the handler answered 451"},
      {500, "retry http-500"},
      {502, "retry http-502"},
      {503, "retry http-503"},
      {504, "retry http-504"},
      {599, "retry http-599"},
      {0, "retry http-0"},
  };
  for (const auto& [status, expected] : rows)
    CAF_CHECK_EQUAL(told(read(status, "")), expected);
}

CAF_TEST(a refusal is named by the problem body) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"code":"bad-score","detail":"score is 7"})", "dead bad-score: score is 7"},
      {R"({"code":"bad-score","title":"Not a score"})", "dead bad-score: Not a score"},
      {R"({"code":"bad score"})", "dead http-422: the handler answered 422"},
      {R"({"code":""})", "dead http-422: the handler answered 422"},
      {R"({"code":7,"detail":"seven"})", "dead http-422: seven"},
      {R"({"code":"x)", "dead http-422: the handler answered 422"},
      {"[]", "dead http-422: the handler answered 422"},
      {"<html>", "dead http-422: the handler answered 422"},
  };
  for (const auto& [body, expected] : rows)
    CAF_CHECK_EQUAL(told(read(422, body)), expected);
  CAF_CHECK_EQUAL(told(read(422, R"({"code":")" + std::string(65, 'a') + "\"}")),
                  "dead http-422: the handler answered 422");
}

CAF_TEST(all effects of an answer keep their bytes) {
  const auto answer = read(200, R"( {"emit":[
    {"type":"a","data":{"n": 1.50}},{"type":"b"},
    {"type":"c","data":[ 1 ],"job":"other"},{"type":"d","data":null,"job":"job-1"},
    {"type":"e","data":"x","after":"90s"}],
    "put":[{"collection":"orders","key":"k","document":{"v": 18446744073709551616}},{"key":"k2","document":7}],
    "state":{"total": 1.0},"sinks":{"olap":[{"a": 1},{"b":2}],"raw":[]},"skip":false} )");
  CAF_REQUIRE_EQUAL(told(answer), "ok");
  const auto& got = answer.wanted;
  CAF_CHECK(got.emitted == (std::vector<emitted_event>{{"a", R"({"n": 1.50})"}, {"b", "{}"}, {"d", "null"}}));
  CAF_CHECK(got.sent == (std::vector<sent_event>{{"other", "c", "[ 1 ]"}}));
  CAF_CHECK(got.delayed == (std::vector<delayed_event>{{90s, "e", "\"x\""}}));
  CAF_CHECK(got.records ==
            (std::vector<record_put>{{"orders", "k", R"({"v": 18446744073709551616})"}, {"shop", "k2", "7"}}));
  CAF_CHECK(got.rows == (std::vector<wanted_row>{{"olap", R"({"a": 1})"}, {"olap", R"({"b":2})"}}));
  CAF_CHECK(got.state == R"({"total": 1.0})");
}

CAF_TEST(documents by key go to the collection of the handler) {
  const auto answer = read(200, R"({"put":{"a/b":{"x":1},"c":null}})");
  CAF_REQUIRE_EQUAL(told(answer), "ok");
  CAF_CHECK(answer.wanted.records == (std::vector<record_put>{{"shop", "a/b", R"({"x":1})"}, {"shop", "c", "null"}}));
  CAF_CHECK_EQUAL(told(read(200, R"({"state":null})")), "ok");
  CAF_CHECK(read(200, R"({"state":null})").wanted.state == "null");
}

CAF_TEST(an answer with nothing in it is well) {
  for (const auto* body : {"", " \n", "{}", R"({"emit":[],"put":[],"sinks":{}})", R"({"put":{}})"}) {
    const auto answer = read(200, body);
    CAF_CHECK_EQUAL(told(answer), "ok");
    CAF_CHECK(answer.wanted == effects{});
  }
  CAF_CHECK_EQUAL(told(read(200, R"({"skip":true})")), "skip");
}

CAF_TEST(an answer that is not understood names the place) {
  const std::pair<const char*, const char*> rows[] = {
      {R"({"emits":[]})", "/emits: is not known; known are emit, put, state, sinks and skip"},
      {R"({"a/b~c":1})", "/a~1b~0c: is not known; known are emit, put, state, sinks and skip"},
      {R"({"emit":{}})", "/emit: must be a list"},
      {R"({"emit":[7]})", "/emit/0: "},
      {R"({"emit":[{"type":"a"},{"data":1}]})", "/emit/1/type: is missing"},
      {R"({"emit":[{"type":7}]})", "/emit/0/type: must be a string"},
      {R"({"emit":[{"type":""}]})", "/emit/0/type: it is empty"},
      {R"({"emit":[{"type":"a","type":"b"}]})", "/emit/0: the key \"type\" stands twice"},
      {R"({"emit":[{"type":"a","date":1}]})", "/emit/0/date: is not known; known are type, data, job and after"},
      {R"({"emit":[{"type":"a","job":".."}]})", "/emit/0/job: is not the name of a job"},
      {R"({"emit":[{"type":"a","after":30}]})", "/emit/0/after: must be a time like"},
      {R"({"emit":[{"type":"a","after":"30"}]})", "/emit/0/after: must be a time like"},
      {R"({"emit":[{"type":"a","after":"-1s"}]})", "/emit/0/after: must be a time like"},
      {R"({"emit":[{"type":"a","after":"99999999999999999d"}]})", "/emit/0/after: must be a time like"},
      {R"({"emit":[{"type":"a","after":"1s","job":"other"}]})", "/emit/0/after: works in the job of the event only"},
      {R"({"put":7})", "/put: must be a list"},
      {R"({"put":[{"key":"k"}]})", "/put/0/document: is missing"},
      {R"({"put":[{"document":1}]})", "/put/0/key: is missing"},
      {R"({"put":[{"key":"k","document":1,"x":1}]})", "/put/0/x: is not known"},
      {R"({"put":{"":1}})", "/put/: the key is empty"},
      {R"({"put":{"k":1,"k":2}})", "/put: the key \"k\" stands twice"},
      {R"({"sinks":[]})", "/sinks: must be an object of lists"},
      {R"({"sinks":{"Olap":[]}})", "/sinks/Olap: is not the name of a sink"},
      {R"({"sinks":{"olap":{}}})", "/sinks/olap: must be a list of objects"},
      {R"({"sinks":{"olap":[{},1]}})", "/sinks/olap/1: "},
      {R"({"skip":1})", "/skip: must be true or false"},
      {R"({"skip":true,"state":1})", "/skip: true leaves no room for effects"},
      {R"({"state":1,"state":2})", ": the key \"state\" stands twice"},
      {R"({"state":1e999})", ": "},
      {R"([])", ": "},
      {R"({"emit":[)", ": "},
      {"ok", ": "},
      {"{\"state\":\"\xff\"}", ": "},
  };
  for (const auto& [body, expected] : rows) {
    const auto got = told(read(200, body));
    const auto wanted = "dead bad-handler-answer: " + std::string{expected};
    CAF_CHECK_EQUAL(got.substr(0, wanted.size()), wanted);
  }
  CAF_CHECK_EQUAL(told(read(200, "{}", "", true)), "dead bad-handler-answer: the body is longer than allowed");
  CAF_CHECK_EQUAL(told(read(503, "{}", "", true)), "retry http-503");
}

CAF_TEST(too many items are refused and not cut) {
  const auto list = [](std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
      out += (i == 0 ? "" : ",") + std::string{R"({"type":"a"})"};
    return R"({"emit":[)" + out + "]}";
  };
  CAF_CHECK_EQUAL(read(200, list(max_reply_items)).wanted.emitted.size(), max_reply_items);
  const auto refused = read(200, list(max_reply_items + 1));
  CAF_CHECK_EQUAL(told(refused).substr(0, 29), "dead bad-handler-answer: /emi");
  CAF_CHECK(refused.wanted == effects{});
}

CAF_TEST(a wait is read as seconds or as a date) {
  CAF_CHECK(parse_retry_after("7", noon) == 7s);
  CAF_CHECK(parse_retry_after(" 0 ", noon) == 0s);
  CAF_CHECK(parse_retry_after("86401", noon) == 24h);
  CAF_CHECK(parse_retry_after("99999999999999999999", noon) == 24h);
  CAF_CHECK(parse_retry_after("Wed, 18 Nov 2026 11:07:10 GMT", noon) == 30s);
  CAF_CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", noon) == 0s);
  CAF_CHECK(parse_retry_after("Sun, 06 Nov 2094 08:49:37 GMT", noon) == 24h);
  for (const auto* text : {"", "-1", "1.5", "soon", "Wed, 18 Nov 2026 11:07:10 CET", "Wed, 31 Feb 2026 11:07:10 GMT",
                           "Wed, 18 Nov 2026 24:07:10 GMT", "Wed, 18 Nix 2026 11:07:10 GMT", "2026-11-18T11:07:10Z"})
    CAF_CHECK(!parse_retry_after(text, noon));
  CAF_CHECK(read(503, "", "5").said.after == 5s);
  CAF_CHECK(read(429, "", "Wed, 18 Nov 2026 11:07:10 GMT").said.after == 30s);
  CAF_CHECK(!read(503, "", "later").said.after);
  CAF_CHECK(!read(503, "").said.after);
}
