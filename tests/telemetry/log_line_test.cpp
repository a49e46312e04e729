#define CAF_SUITE telemetry.log_line

#include "telemetry/log_line.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace weir::log;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

line_head head(std::string_view node = {}) {
  // 2026-11-22T12:00:07.413002Z
  return {std::chrono::sys_time<microseconds>{seconds{1'795'348'807} + microseconds{413'002}}, level::info,
          "job.commit", node};
}

std::string text(std::string_view job) {
  return format_line(format::text, head(), {{key::job, job}});
}

std::string json(std::string_view job) {
  return format_line(format::json, head(), {{key::job, job}});
}

bool is_printable_ascii(const std::string& line) {
  return std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

} // namespace

CAF_TEST(a text line has time level identifier and fields in the order given) {
  CAF_CHECK_EQUAL(format_line(format::text, head("n1"), {{key::job, "j-1"}, {key::seq, 7u}}),
                  std::string{"2026-11-22T12:00:07.413002Z info job.commit node=n1 job=j-1 seq=7"});
}

CAF_TEST(a JSON line has ts level msg and the fields with their types) {
  CAF_CHECK_EQUAL(format_line(format::json, head("n1"), {{key::job, "j-1"}, {key::seq, -7}, {key::duration_ms, 1.5}}),
                  std::string{R"({"ts":"2026-11-22T12:00:07.413002Z","level":"info","msg":"job.commit",)"
                              R"("node":"n1","job":"j-1","seq":-7,"duration_ms":1.5})"});
}

CAF_TEST(a value with blanks quotes or an equals sign is quoted in text) {
  CAF_CHECK_EQUAL(text("a b"), text("x").substr(0, text("x").size() - 1) + R"("a b")");
  CAF_CHECK(text(R"(say "x")").ends_with(R"(job="say \"x\"")"));
  CAF_CHECK(text("a=b").ends_with(R"(job="a=b")"));
  CAF_CHECK(text("").ends_with(R"(job="")"));
}

CAF_TEST(a newline cannot forge a second line) {
  const std::string forged = "x\n2026-11-22T12:00:07Z error admin.login\r";
  CAF_CHECK(text(forged).ends_with(R"(job="x\n2026-11-22T12:00:07Z error admin.login\r")"));
  CAF_CHECK(json(forged).ends_with(R"("job":"x\n2026-11-22T12:00:07Z error admin.login\r"})"));
}

CAF_TEST(no control byte reaches a terminal) {
  // ESC, BEL, DEL, the C1 control CSI and a right-to-left override.
  for (const std::string hostile : {"\x1b[31mred", "\a", "\x7f",
                                    "\xc2\x9b"
                                    "2J",
                                    "\xe2\x80\xae"
                                    "abc"}) {
    CAF_CHECK(is_printable_ascii(text(hostile)));
    CAF_CHECK(is_printable_ascii(json(hostile)));
  }
  CAF_CHECK(text("\x1b[31mred").ends_with(R"(job="\u001b[31mred")"));
}

CAF_TEST(a JSON line parses and gives back the value) {
  for (const std::string value :
       {"plain", "q\"q", "back\\slash", "tab\tnl\n", "gr\xc3\xbc\xc3\x9f", "\x1b[0m", "\x7f\x7f"})
    CAF_CHECK_EQUAL(nlohmann::json::parse(json(value)).at("job").get<std::string>(), value);
}

CAF_TEST(broken UTF8 becomes a replacement character) {
  CAF_CHECK(json("a\xff").ends_with(R"("job":"a\ufffd"})"));
  CAF_CHECK(text("a\xff").ends_with(R"(job="a\ufffd")"));
}

CAF_TEST(a long value is cut and says so) {
  const std::string long_value(5'000, 'x');
  CAF_CHECK(text(long_value).ends_with("xxx...\""));
  CAF_CHECK(text(long_value).size() < 1'200u);
}

CAF_TEST(a number that JSON does not know becomes null) {
  const auto line = format_line(format::json, head(), {{key::delay_ms, 1.0 / 0.0}});
  CAF_CHECK(nlohmann::json::parse(line).at("delay_ms").is_null());
}
