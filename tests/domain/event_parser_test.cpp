#define CAF_SUITE domain.event_parser
#include "domain/gate.hpp"
#include "support/weir_test.hpp"

#include <string>
#include <utility>

using namespace weir_test;

namespace {

struct fixture {
  weir::event_parser parser{weir::event_limits{}};

  std::string native(std::string_view body) {
    return said_each(parser.parse_native(body, accepted_now()));
  }
};

std::string arrays(std::size_t depth) {
  return repeated("[", depth) + repeated("]", depth);
}

std::string objects(std::size_t depth) {
  return repeated(R"({"a":)", depth) + "1" + repeated("}", depth);
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(event_parser_tests, fixture)

CAF_TEST(payload bytes leave as they came in) {
  const std::string_view payloads[] = {
      "1",
      "-0",
      "0.10e+01",
      "123456789012345678901234567890",
      "null",
      "true",
      "\"\"",
      R"("\u0000\ud83d\ude00\/\"\\")",
      "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \x7f\"",
      "[]",
      "{}",
      "[ ]",
      "{ \t\r\n }",
      "[1 , 2\n,\t[ 3 ] ]",
      "{ \"b\" : 1 , \"a\" : { \"b\" : [ ] } , \"b\" : \"twice is allowed here\" }",
      R"({"\u0061":"]","}":"{[\"","x":[{"y":"\\"}]})",
  };
  for (auto payload : payloads) {
    for (std::string_view blank : {"", " ", "\n\t "}) {
      auto padded = std::string{blank} + std::string{payload} + std::string{blank};
      auto last = parser.parse_native(around(padded), accepted_now());
      CAF_CHECK_EQUAL(only(last).payload, std::string{payload});
      CAF_CHECK(only(last).kind == weir::payload_kind::json);
      auto first = parser.parse_native("{\"data\":" + padded + ",\"type\":\"t\",\"jobId\":\"j\"}", accepted_now());
      CAF_CHECK_EQUAL(only(first).payload, std::string{payload});
      auto batch = parser.parse_native("[" + around(padded) + "\n,\n" + around("7") + "]", accepted_now());
      CAF_CHECK_EQUAL(batch->at(0)->payload, std::string{payload});
      CAF_CHECK_EQUAL(batch->at(1)->payload, "7");
    }
  }
}

CAF_TEST(what is not JSON is malformed) {
  const std::string_view bodies[] = {
      "",
      " \n",
      "{",
      "}",
      "]",
      "nul",
      "{\"jobId\":\"j\",\"type\":\"t\"",
      "{\"jobId\":\"j\",\"type\":\"t\"}}",
      "{\"jobId\":\"j\",\"type\":\"t\"} {}",
      "{\"jobId\":\"j\",\"type\":\"t\"},{}",
      "{\"jobId\":\"j\",\"type\":\"t\"}]",
      "{\"jobId\":\"j\",\"type\":\"t\",}",
      "{\"jobId\":\"j\" \"type\":\"t\"}",
      "{'jobId':'j'}",
      "[{\"jobId\":\"j\",\"type\":\"t\"},]",
      "[{\"jobId\":\"j\",\"type\":\"t\"}",
      "[{\"jobId\":\"j\",\"type\":\"t\"}],[",
      "\xef\xbb\xbf{\"jobId\":\"j\",\"type\":\"t\"}",
  };
  for (auto body : bodies)
    CAF_CHECK_EQUAL(native(body), "malformed-json");
  const std::string_view payloads[] = {"01",
                                       "+1",
                                       "1.",
                                       ".5",
                                       "1e",
                                       "0x10",
                                       "NaN",
                                       "tru",
                                       "\"\\x\"",
                                       "\"\\ud800\"",
                                       "\"\\udc00\"",
                                       "\"\\u12\"",
                                       "",
                                       "[1,",
                                       "\"\n\"",
                                       "\"\xff\"",
                                       "\"\xed\xa0\x80\"",
                                       "// c\n1",
                                       "1 2"};
  for (auto payload : payloads)
    CAF_CHECK_EQUAL(native(around(payload)), "malformed-json");
  CAF_CHECK_EQUAL(native("{\"\\udc00\":1,\"jobId\":\"j\",\"type\":\"t\"}"), "malformed-json");
}

CAF_TEST(a NUL byte is malformed wherever it stands) {
  auto good = around("{\"a\":1}");
  CAF_CHECK_EQUAL(native(good), "ok");
  for (std::size_t place = 0; place <= good.size(); ++place) {
    auto bad = good;
    bad.insert(place, 1, '\0');
    CAF_CHECK_EQUAL(native(bad), "malformed-json");
  }
}

CAF_TEST(a number that no double holds is refused) {
  CAF_CHECK_EQUAL(native(around("1e308")), "ok");
  CAF_CHECK_EQUAL(native(around("1e-999")), "ok");
  CAF_CHECK_EQUAL(native(around("1e309")), "validation-failed");
  CAF_CHECK_EQUAL(native(around("[-1e999]")), "validation-failed");
  CAF_CHECK_EQUAL(native(around(repeated("9", 400))), "validation-failed");
}

CAF_TEST(a payload may nest ten levels) {
  CAF_CHECK_EQUAL(native(around(arrays(10))), "ok");
  CAF_CHECK_EQUAL(native(around(objects(10))), "ok");
  CAF_CHECK_EQUAL(native(around("[" + objects(9) + ",1]")), "ok");
  CAF_CHECK_EQUAL(native(around(arrays(11))), "too-deep");
  CAF_CHECK_EQUAL(native(around(objects(11))), "too-deep");
  CAF_CHECK_EQUAL(native(around("[" + objects(10) + ",1]")), "too-deep");
  CAF_CHECK_EQUAL(native(around(repeated("[", 100'000))), "too-deep");
  CAF_CHECK_EQUAL(native(around(arrays(100'000))), "too-deep");
  CAF_CHECK_EQUAL(native(around(repeated(R"({"":)", 100'000))), "too-deep");
  CAF_CHECK_EQUAL(detail(parser.parse_native(around(arrays(11)), accepted_now())), "nested deeper than 10 levels");
  CAF_CHECK_EQUAL(native("[" + around(arrays(10)) + "," + around(arrays(11)) + "," + around("3") + "]"),
                  "ok too-deep ok");
}

CAF_TEST(an event may have as many bytes as allowed and no more) {
  auto limit = weir::event_limits{}.max_bytes;
  auto empty = around("\"\"").size();
  auto fits = around('"' + std::string(limit - empty, 'x') + '"');
  auto over = around('"' + std::string(limit - empty + 1, 'x') + '"');
  CAF_CHECK_EQUAL(fits.size(), limit);
  CAF_CHECK_EQUAL(native(fits), "ok");
  CAF_CHECK_EQUAL(native(over), "too-large");
  CAF_CHECK_EQUAL(native("[" + fits + "," + over + "," + around("1") + "]"), "ok too-large ok");
  CAF_CHECK_EQUAL(said_each(parser.parse_ndjson(fits + "\n" + over, accepted_now())), "ok too-large");
}

CAF_TEST(the events of a batch are judged alone) {
  CAF_CHECK_EQUAL(native("[]"), "");
  CAF_CHECK_EQUAL(native("[" + around("1") + R"(,{"jobId":"j"},1,null,[{"a":1}],{"typ":"t"},)" + around("2") + "]"),
                  "ok validation-failed validation-failed validation-failed validation-failed validation-failed ok");
  CAF_CHECK_EQUAL(native("[" + around("1") + R"(,{"type":"t"},)" + around("2") + "]"), "ok no-job ok");
  CAF_CHECK_EQUAL(native("[" + around("1") + ",{\"jobId\":1,\"x\":tru}]"), "malformed-json");
}

CAF_TEST(a batch has a limit) {
  auto limit = weir::event_limits{}.max_batch;
  auto most = around("1") + repeated("," + around("1"), limit - 1);
  CAF_CHECK_EQUAL(parser.parse_native("[" + most + "]", accepted_now())->size(), limit);
  CAF_CHECK_EQUAL(native("[" + most + "," + around("1") + "]"), "limit-exceeded");
  auto lines = repeated(around("1") + "\n", limit);
  CAF_CHECK_EQUAL(parser.parse_ndjson(lines, accepted_now())->size(), limit);
  CAF_CHECK_EQUAL(said(parser.parse_ndjson(lines + around("1"), accepted_now())), "limit-exceeded");
}

CAF_TEST(lines are judged alone and empty ones skipped) {
  auto lines =
      around("1") + "\r\n\n  \n" + "{\"jobId\":\n" + around("\"\xff\"") + "\n[" + around("1") + "]\n" + around("2");
  auto answer = parser.parse_ndjson(lines, accepted_now());
  CAF_CHECK_EQUAL(said_each(answer), "ok malformed-json malformed-json validation-failed ok");
  CAF_CHECK_EQUAL(answer->at(4)->payload, "2");
  CAF_CHECK_EQUAL(said(parser.parse_ndjson("", accepted_now())), "malformed-json");
  CAF_CHECK_EQUAL(said(parser.parse_ndjson("\n \n", accepted_now())), "malformed-json");
}

CAF_TEST(another kind of value is no event) {
  for (auto body : {"1", "null", "\"text\"", "true", " 1.5 "})
    CAF_CHECK_EQUAL(native(body), "validation-failed");
}

CAF_TEST(a text is checked without an envelope) {
  CAF_CHECK_EQUAL(said(parser.check("7")), "ok");
  CAF_CHECK_EQUAL(said(parser.check(" [1, \"\\u00e9\"] ")), "ok");
  CAF_CHECK_EQUAL(said(parser.check(arrays(10))), "ok");
  CAF_CHECK_EQUAL(said(parser.check(arrays(11))), "too-deep");
  CAF_CHECK_EQUAL(said(parser.check("1,2")), "malformed-json");
  CAF_CHECK_EQUAL(said(parser.check("1],[2")), "malformed-json");
  CAF_CHECK_EQUAL(said(parser.check("")), "malformed-json");
  weir::event_parser small{{.max_bytes = 4, .max_depth = 1, .max_batch = 1}};
  CAF_CHECK_EQUAL(said(small.check("1234")), "ok");
  CAF_CHECK_EQUAL(said(small.check("12345")), "too-large");
  CAF_CHECK_EQUAL(said(small.check("[[]]")), "too-deep");
}

CAF_TEST(a job id is any short text without control characters) {
  for (auto job : {"j", "tenant-7/job 1", "...", "\xc3\xbc", "\xf0\x9f\x98\x80", "a\"b\\c", "\xc2\xa0"})
    CAF_CHECK_EQUAL(said(weir::check_job_id(job)), "ok");
  CAF_CHECK_EQUAL(said(weir::check_job_id(std::string(255, 'j'))), "ok");
  CAF_CHECK_EQUAL(said(weir::check_job_id(std::string(256, 'j'))), "validation-failed");
  for (auto job : {"", ".", "..", "a\nb", "\x7f", "\x1f", "\xc2\x85", "\xff", "\xed\xa0\x80"})
    CAF_CHECK_EQUAL(said(weir::check_job_id(job)), "validation-failed");
  CAF_CHECK_EQUAL(said(weir::check_job_id(std::string_view{"a\0b", 3})), "validation-failed");
}

CAF_TEST_FIXTURE_SCOPE_END()
