#include "domain/token_bucket.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace weir {

std::string pace::text() const {
  const auto* unit = per == std::chrono::hours{1} ? "/h" : per == std::chrono::minutes{1} ? "/m" : "/s";
  return std::to_string(count) + unit;
}

result<pace> parse_pace(std::string_view text) {
  constexpr std::uint32_t most = 1'000'000;
  pace out;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out.count);
  const std::string_view unit{end, text.data() + text.size()};
  const auto known = unit == "/s" || unit == "/m" || unit == "/h";
  if (problem != std::errc{} || !known || out.count == 0 || out.count > most)
    return fail(errc::validation_failed, "a rate is a number from 1 to 1000000 and a unit, like \"50/s\", \"600/m\" or "
                                         "\"10/h\"");
  if (unit != "/s")
    out.per = unit == "/m" ? std::chrono::seconds{std::chrono::minutes{1}} : std::chrono::hours{1};
  return out;
}

token_bucket::token_bucket(pace allowed, timestamp now)
    : per_microsecond_(static_cast<double>(allowed.count) /
                       static_cast<double>(std::chrono::microseconds{allowed.per}.count())),
      most_(std::max(1.0, per_microsecond_ * 100'000)), tokens_(most_), filled_at_(now) {
  // nop
}

void token_bucket::refill(timestamp now) {
  if (now > filled_at_)
    tokens_ = std::min(most_, tokens_ + per_microsecond_ * static_cast<double>((now - filled_at_).count()));
  filled_at_ = now;
}

bool token_bucket::take(timestamp now) {
  refill(now);
  // A token that is there but for rounding is there: `wait` said so.
  if (tokens_ < 1.0 - 1e-6)
    return false;
  tokens_ -= 1.0;
  return true;
}

std::chrono::microseconds token_bucket::wait(timestamp now) {
  refill(now);
  const auto missing = std::max(0.0, 1.0 - tokens_);
  return std::chrono::microseconds{static_cast<std::int64_t>(std::ceil(missing / per_microsecond_))};
}

} // namespace weir
