#include "domain/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace weir {

namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;

constexpr timestamp first_instant{sys_days{std::chrono::year{1} / 1 / 1}};
constexpr timestamp end_of_time{sys_days{std::chrono::year{10000} / 1 / 1}};
constexpr std::int64_t last_microsecond = 999'999;

/// Writes `value` right-aligned with leading zeros.
void put_digits(char* first, std::size_t width, std::uint64_t value) {
  while (width-- > 0) {
    first[width] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

/// Reads a text from left to right; after the first mismatch it stays bad.
class text_cursor {
public:
  explicit text_cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool good() const noexcept {
    return good_;
  }

  [[nodiscard]] bool at_end() const noexcept {
    return rest_.empty();
  }

  /// Exactly `count` digits.
  int number(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto digit = next_digit();
      if (!digit) {
        good_ = false;
        return 0;
      }
      value = value * 10 + *digit;
    }
    return value;
  }

  void expect(char a, char b) {
    good_ = take(a) || take(b);
  }

  void expect(char a) {
    expect(a, a);
  }

  bool take(char wanted) {
    if (!good_ || rest_.empty() || rest_.front() != wanted)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Digits behind the decimal point as microseconds; at least one digit.
  std::int64_t fraction() {
    std::int64_t value = 0;
    std::int64_t scale = 100'000;
    auto digit = next_digit();
    good_ = digit.has_value();
    for (; digit; digit = next_digit()) {
      value += *digit * scale;
      scale /= 10;
    }
    return value;
  }

private:
  std::optional<int> next_digit() {
    if (!good_ || rest_.empty() || rest_.front() < '0' || rest_.front() > '9')
      return std::nullopt;
    auto digit = rest_.front() - '0';
    rest_.remove_prefix(1);
    return digit;
  }

  std::string_view rest_;
  bool good_ = true;
};

/// What stands in the text, before anything is known to make sense.
struct clock_text {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  std::int64_t micros = 0;
  bool behind_utc = false;
  int offset_hour = 0, offset_minute = 0;
};

std::optional<clock_text> read_parts(std::string_view text) {
  text_cursor in{text};
  clock_text parts;
  parts.year = in.number(4);
  in.expect('-');
  parts.month = in.number(2);
  in.expect('-');
  parts.day = in.number(2);
  in.expect('T', 't');
  parts.hour = in.number(2);
  in.expect(':');
  parts.minute = in.number(2);
  in.expect(':');
  parts.second = in.number(2);
  if (in.take('.'))
    parts.micros = in.fraction();
  if (!in.take('Z') && !in.take('z')) {
    parts.behind_utc = in.take('-');
    if (!parts.behind_utc)
      in.expect('+');
    parts.offset_hour = in.number(2);
    in.expect(':');
    parts.offset_minute = in.number(2);
  }
  if (!in.good() || !in.at_end())
    return std::nullopt;
  return parts;
}

std::optional<timestamp> to_instant(const clock_text& parts) {
  std::chrono::year_month_day date{std::chrono::year{parts.year},
                                   std::chrono::month{static_cast<unsigned>(parts.month)},
                                   std::chrono::day{static_cast<unsigned>(parts.day)}};
  if (parts.year == 0 || !date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60 ||
      parts.offset_hour > 23 || parts.offset_minute > 59)
    return std::nullopt;
  auto leap = parts.second == 60;
  auto offset = std::chrono::hours{parts.offset_hour} + std::chrono::minutes{parts.offset_minute};
  auto minute = sys_days{date} + std::chrono::hours{parts.hour} + std::chrono::minutes{parts.minute};
  minute = parts.behind_utc ? minute + offset : minute - offset;
  // A leap second exists in the last minute of a UTC day only.
  if (leap && minute - std::chrono::floor<std::chrono::days>(minute) != std::chrono::minutes{23 * 60 + 59})
    return std::nullopt;
  timestamp at =
      minute + std::chrono::seconds{leap ? 59 : parts.second} + microseconds{leap ? last_microsecond : parts.micros};
  if (at < first_instant || at >= end_of_time)
    return std::nullopt;
  return at;
}

} // namespace

std::string to_rfc3339(timestamp at) {
  auto day = std::chrono::floor<std::chrono::days>(at);
  std::chrono::year_month_day date{day};
  auto micros = static_cast<std::uint64_t>((at - day).count());
  auto seconds = micros / 1'000'000;
  micros %= 1'000'000;
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(&text[0], 4, static_cast<std::uint64_t>(static_cast<int>(date.year())));
  put_digits(&text[5], 2, static_cast<unsigned>(date.month()));
  put_digits(&text[8], 2, static_cast<unsigned>(date.day()));
  put_digits(&text[11], 2, seconds / 3600);
  put_digits(&text[14], 2, seconds / 60 % 60);
  put_digits(&text[17], 2, seconds % 60);
  if (micros % 1000 == 0) {
    put_digits(&text[20], 3, micros / 1000);
    return text;
  }
  text.insert(text.size() - 1, "000");
  put_digits(&text[20], 6, micros);
  return text;
}

result<timestamp> parse_rfc3339(std::string_view text) {
  auto parts = read_parts(text);
  auto at = parts ? to_instant(*parts) : std::nullopt;
  if (!at)
    return fail(errc::validation_failed, "not an RFC 3339 date-time such as 2026-11-22T12:00:07.413Z");
  return *at;
}

} // namespace weir
