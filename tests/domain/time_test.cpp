#define CAF_SUITE domain.time
#include "domain/time.hpp"

#include "support/weir_test.hpp"

#include <random>
#include <string>
#include <utility>

namespace {

using std::chrono::microseconds;
using weir::timestamp;

/// The text as UTC, or "refused".
std::string normal(std::string_view text) {
  auto at = weir::parse_rfc3339(text);
  return at ? weir::to_rfc3339(*at) : "refused";
}

} // namespace

CAF_TEST(a time is printed with milliseconds or with microseconds) {
  CAF_CHECK_EQUAL(weir::to_rfc3339(timestamp{}), "1970-01-01T00:00:00.000Z");
  CAF_CHECK_EQUAL(weir::to_rfc3339(timestamp{microseconds{1'000}}), "1970-01-01T00:00:00.001Z");
  CAF_CHECK_EQUAL(weir::to_rfc3339(timestamp{microseconds{1'001}}), "1970-01-01T00:00:00.001001Z");
  CAF_CHECK_EQUAL(weir::to_rfc3339(timestamp{microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

CAF_TEST(every form of RFC 3339 is read) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"2026-11-22T12:00:07Z", "2026-11-22T12:00:07.000Z"},
      {"2026-11-22t12:00:07z", "2026-11-22T12:00:07.000Z"},
      {"2026-11-22T12:00:07.4Z", "2026-11-22T12:00:07.400Z"},
      {"2026-11-22T12:00:07.413Z", "2026-11-22T12:00:07.413Z"},
      {"2026-11-22T12:00:07.000001Z", "2026-11-22T12:00:07.000001Z"},
      {"2026-11-22T12:00:07.1234569Z", "2026-11-22T12:00:07.123456Z"},
      {"2026-11-22T12:00:07.000000000000000000001Z", "2026-11-22T12:00:07.000Z"},
      {"2026-11-22T12:00:07+00:00", "2026-11-22T12:00:07.000Z"},
      {"2026-11-22T12:00:07-00:00", "2026-11-22T12:00:07.000Z"},
      {"2026-11-22T01:30:00+02:00", "2026-11-21T23:30:00.000Z"},
      {"2026-12-31T20:00:00-05:30", "2027-01-01T01:30:00.000Z"},
      {"2026-11-22T00:00:00+23:59", "2026-11-21T00:01:00.000Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"},
      {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
      {"1990-12-31T23:59:60Z", "1990-12-31T23:59:59.999999Z"},
      {"1990-12-31T15:59:60.5-08:00", "1990-12-31T23:59:59.999999Z"},
  };
  for (const auto& [text, utc] : table)
    CAF_CHECK_EQUAL(normal(text), std::string{utc});
}

CAF_TEST(what is not a date and time is refused) {
  const std::string_view table[] = {
      "",
      "2026-11-22",
      "12:00:07Z",
      "2026-11-22T12:00:07",
      "2026-11-22 12:00:07Z",
      "2026-11-22T12:00Z",
      "2026-11-22T12:00:07.Z",
      "2026-11-22T12:00:07,5Z",
      "2026-11-22T12:00:07Z ",
      " 2026-11-22T12:00:07Z",
      "2026-11-22T12:00:07ZZ",
      "2026-11-22T12:00:07+0100",
      "2026-11-22T12:00:07+01",
      "2026-11-22T12:00:07+24:00",
      "2026-11-22T12:00:07+01:60",
      "2026-11-22T12:00:07 +01:00",
      "2026-13-22T12:00:07Z",
      "2026-00-22T12:00:07Z",
      "2026-11-31T12:00:07Z",
      "2026-11-00T12:00:07Z",
      "2025-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "2026-11-22T24:00:00Z",
      "2026-11-22T12:60:00Z",
      "2026-11-22T12:00:61Z",
      "2026-11-22T12:00:60Z",
      "1990-12-31T23:59:60+01:00",
      "0000-01-01T00:00:00Z",
      "0001-01-01T00:00:00+01:00",
      "9999-12-31T23:59:59-00:01",
      "10000-01-01T00:00:00Z",
      "-026-11-22T12:00:07Z",
      "+026-11-22T12:00:07Z",
      "2026-1-22T12:00:07Z",
      "20261122T120007Z",
      "\xd9\xa2\xd9\xa0-11-22T12:00:07Z",
  };
  for (auto text : table)
    CAF_CHECK_EQUAL(normal(text), "refused");
  CAF_CHECK(weir::parse_rfc3339("soon").error().code == weir::errc::validation_failed);
}

CAF_TEST(what was printed is read back) {
  std::mt19937_64 random{20261122};
  std::uniform_int_distribution<std::int64_t> any{-62'135'596'800'000'000, 253'402'300'799'999'999};
  for (auto i = 0; i < 20'000; ++i) {
    timestamp at{microseconds{any(random)}};
    auto text = weir::to_rfc3339(at);
    auto back = weir::parse_rfc3339(text);
    if (!back || *back != at)
      CAF_FAIL("seed 20261122, round " << i << ": " << text);
  }
}
