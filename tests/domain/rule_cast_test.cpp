#define CAF_SUITE domain.rule_cast
#include "domain/rules/rule_cast.hpp"

#include "support/weir_test.hpp"

using namespace weir::rules;
using nlohmann::json;

namespace {

std::string cast_text(const char* value, const char* target) {
  const auto made = cast_value(json::parse(value), *cast_target_of(target));
  return made ? made->dump() : "impossible";
}

} // namespace

CAF_TEST(every value is cast or said to be impossible) {
  struct row {
    const char* value;
    const char* number;
    const char* integer;
    const char* string;
    const char* boolean;
    const char* time;
  };
  constexpr auto no = "impossible";
  const row table[] = {
      {"null", no, no, no, no, no},
      {"[]", no, no, no, no, no},
      {"{}", no, no, no, no, no},
      {"true", no, no, R"("true")", "true", no},
      {"1", "1", "1", R"("1")", "true", R"("1970-01-01T00:00:01.000Z")"},
      {"0", "0", "0", R"("0")", "false", R"("1970-01-01T00:00:00.000Z")"},
      {"-3", "-3", "-3", R"("-3")", no, no},
      {"1.5", "1.5", no, R"("1.5")", no, R"("1970-01-01T00:00:01.500Z")"},
      {"2.0", "2.0", "2", R"("2.0")", no, R"("1970-01-01T00:00:02.000Z")"},
      {"1795000000", "1795000000", "1795000000", R"("1795000000")", no, R"("2026-11-18T11:06:40.000Z")"},
      {"1795000000123", "1795000000123", "1795000000123", R"("1795000000123")", no, R"("2026-11-18T11:06:40.123Z")"},
      {"1e300", "1e+300", no, R"("1e+300")", no, no},
      {"18446744073709551615", "18446744073709551615", no, R"("18446744073709551615")", no, no},
      {R"("")", no, no, R"("")", no, no},
      {R"(" 12 ")", "12", "12", R"(" 12 ")", no, no},
      {R"("12.0")", "12.0", "12", R"("12.0")", no, no},
      {R"("12.5")", "12.5", no, R"("12.5")", no, no},
      {R"("-1e2")", "-100.0", "-100", R"("-1e2")", no, no},
      {R"("1e400")", no, no, R"("1e400")", no, no},
      {R"("12 3")", no, no, R"("12 3")", no, no},
      {R"("+1")", no, no, R"("+1")", no, no},
      {R"("NaN")", no, no, R"("NaN")", no, no},
      {R"("0x10")", no, no, R"("0x10")", no, no},
      {R"("1\u0000")", no, no, R"("1\u0000")", no, no},
      {R"("true")", no, no, R"("true")", "true", no},
      {R"(" 0\n")", "0", "0", R"(" 0\n")", "false", no},
      {R"("yes")", no, no, R"("yes")", no, no},
      {R"("2026-11-18T12:06:40+01:00")", no, no, R"("2026-11-18T12:06:40+01:00")", no, R"("2026-11-18T11:06:40.000Z")"},
      {R"("2026-02-30T00:00:00Z")", no, no, R"("2026-02-30T00:00:00Z")", no, no},
  };
  for (const auto& one : table) {
    CAF_MESSAGE(one.value);
    CAF_CHECK_EQUAL(cast_text(one.value, "number"), one.number);
    CAF_CHECK_EQUAL(cast_text(one.value, "integer"), one.integer);
    CAF_CHECK_EQUAL(cast_text(one.value, "string"), one.string);
    CAF_CHECK_EQUAL(cast_text(one.value, "boolean"), one.boolean);
    CAF_CHECK_EQUAL(cast_text(one.value, "time"), one.time);
  }
}

CAF_TEST(targets have names) {
  for (const auto* name : {"number", "integer", "string", "boolean", "time"})
    CAF_CHECK_EQUAL(to_string(*cast_target_of(name)), name);
  CAF_CHECK(!cast_target_of("float").has_value());
}

CAF_TEST(blanks are taken off both ends) {
  CAF_CHECK_EQUAL(without_blanks(" \t a b\r\n"), "a b");
  CAF_CHECK_EQUAL(without_blanks(" \n"), "");
  CAF_CHECK_EQUAL(without_blanks(""), "");
}
