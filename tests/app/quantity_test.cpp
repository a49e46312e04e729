#define CAF_SUITE app.quantity
#include "app/quantity.hpp"

#include "support/weir_test.hpp"

#include <string>

using namespace weir::app;

namespace {

std::string duration(std::string_view text) {
  const auto value = parse_duration(text);
  return value ? std::to_string(value->count()) : value.error().detail;
}

std::string size(std::string_view text) {
  const auto value = parse_size(text);
  return value ? std::to_string(*value) : value.error().detail;
}

std::string rate(std::string_view text) {
  const auto value = parse_rate(text);
  return value ? std::to_string(*value) : value.error().detail;
}

} // namespace

CAF_TEST(durations carry their unit) {
  CAF_CHECK_EQUAL(duration("250ms"), "250");
  CAF_CHECK_EQUAL(duration("5s"), "5000");
  CAF_CHECK_EQUAL(duration("10m"), "600000");
  CAF_CHECK_EQUAL(duration("24h"), "86400000");
  CAF_CHECK_EQUAL(duration("7d"), "604800000");
  CAF_CHECK_EQUAL(duration("0s"), "0");
}

CAF_TEST(a bare number is no duration) {
  CAF_CHECK_EQUAL(duration("5"), R"("5" has no unit; write a duration like "5s")");
  CAF_CHECK_EQUAL(duration(""), R"("" is not a duration; write it like "5s")");
  CAF_CHECK_EQUAL(duration("fast"), R"("fast" is not a duration; write it like "5s")");
  CAF_CHECK_EQUAL(duration("-5s"), R"("-5s" is not a duration; write it like "5s")");
  CAF_CHECK_EQUAL(duration("1h30m"), R"("1h30m" has the unknown unit "h30m"; known are d, h, m, s, ms)");
  CAF_CHECK_EQUAL(duration("1.5s"), R"("1.5s" has the unknown unit ".5s"; known are d, h, m, s, ms)");
}

CAF_TEST(sizes are binary or decimal as written) {
  CAF_CHECK_EQUAL(size("64KiB"), "65536");
  CAF_CHECK_EQUAL(size("1MiB"), "1048576");
  CAF_CHECK_EQUAL(size("1MB"), "1000000");
  CAF_CHECK_EQUAL(size("0B"), "0");
  CAF_CHECK_EQUAL(size("1"), R"("1" has no unit; write a size like "1MiB")");
  CAF_CHECK_EQUAL(size("1K"), R"("1K" has the unknown unit "K"; known are TiB, GiB, MiB, KiB, GB, MB, kB, B)");
}

CAF_TEST(what does not fit is refused and not wrapped) {
  CAF_CHECK_EQUAL(size("99999999999999999999B"), R"("99999999999999999999B" is too large)");
  CAF_CHECK_EQUAL(size("9000000000TiB"), R"("9000000000TiB" is too large)");
  CAF_CHECK_EQUAL(duration("999999999999999999d"), R"("999999999999999999d" is too large)");
}

CAF_TEST(rates are a second or a minute) {
  CAF_CHECK_EQUAL(rate("1000/s"), "1000");
  CAF_CHECK_EQUAL(rate("120/m"), "2");
  CAF_CHECK_EQUAL(rate("61/m"), "2");
  CAF_CHECK_EQUAL(rate("0/s"), "0");
  CAF_CHECK_EQUAL(rate("10"), R"("10" has no unit; write a rate like "1000/s")");
  CAF_CHECK_EQUAL(rate("10/h"), R"("10/h" has the unknown unit "h"; known are s, m)");
  CAF_CHECK_EQUAL(rate("x/s"), R"("x/s" is not a rate; write it like "1000/s")");
}

CAF_TEST(what is formatted reads back to the same value) {
  for (const auto* text : {"0s", "1ms", "250ms", "5s", "90s", "10m", "7d"})
    CAF_CHECK_EQUAL(format_duration(*parse_duration(text)), std::string{text});
  for (const auto* text : {"0B", "1B", "1000B", "64KiB", "1MiB", "3GiB", "2TiB"})
    CAF_CHECK_EQUAL(format_size(*parse_size(text)), std::string{text});
  CAF_CHECK_EQUAL(format_duration(*parse_duration("24h")), "1d");
  CAF_CHECK_EQUAL(format_rate(1000), "1000/s");
}
