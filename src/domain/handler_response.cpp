#include "domain/handler_response.hpp"

#include "domain/envelope.hpp"
#include "domain/handler_effects.hpp"
#include "domain/json_scanner.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace weir {

namespace {

constexpr std::string_view bad_answer = "bad-handler-answer";
constexpr std::string_view gone = "gone";
constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours{24};

handler_answer answer_of(outcome said) {
  handler_answer out;
  out.said = std::move(said);
  return out;
}

std::string status_word(int status) {
  return "http-" + std::to_string(status);
}

std::string status_sentence(int status) {
  return "the handler answered " + std::to_string(status);
}

outcome again(std::string code, std::string detail, std::optional<std::chrono::milliseconds> after) {
  return {outcome::kind::retry, std::move(code), std::move(detail), after};
}

std::optional<int> parse_digits(std::string_view text) {
  int value = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (text.empty() || text.front() == '-' || read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return value;
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<timestamp> parse_http_date(std::string_view text) {
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::size_t length = 29;
  if (text.size() != length || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[19] != ':' ||
      text[22] != ':')
    return std::nullopt;
  const auto* const month = std::ranges::find(months, text.substr(8, 3));
  const auto day = parse_digits(text.substr(5, 2));
  const auto year = parse_digits(text.substr(12, 4));
  const auto hour = parse_digits(text.substr(17, 2));
  const auto minute = parse_digits(text.substr(20, 2));
  const auto second = parse_digits(text.substr(23, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second || *hour > 23 || *minute > 59 ||
      *second > 60)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok())
    return std::nullopt;
  return timestamp{std::chrono::sys_days{date}} + std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
         std::chrono::seconds{*second};
}

bool is_reason(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !text.empty() && text.size() <= longest && std::ranges::all_of(text, is_letter);
}

/// The reason that a 4xx gives: `code` and `detail` (or `title`) of its problem body.
outcome refusal(const handler_reply& reply) {
  constexpr std::size_t depth = 16;
  auto out = dead(status_word(reply.status), status_sentence(reply.status));
  json_scanner scanner{depth};
  const auto fields = scanner.object(reply.body);
  if (!fields)
    return out;
  const auto text = [&](std::string_view name) {
    const auto found = std::ranges::find(*fields, name, &json_field::name);
    return found == fields->end() ? std::string_view{} : found->text;
  };
  if (is_reason(text("code")))
    out.code = text("code");
  const auto sentence = text("detail").empty() ? text("title") : text("detail");
  if (!sentence.empty())
    out.detail = sentence;
  return out;
}

bool may_come_back(int status) {
  constexpr std::array passing{408, 409, 425, 429};
  return status >= 500 || std::ranges::find(passing, status) != passing.end();
}

handler_answer effects_of(const handler_reply& reply, const std::string& handler, const event& cause) {
  if (reply.cut)
    return answer_of(dead(std::string{bad_answer}, "the body is longer than allowed"));
  if (trimmed(reply.body).empty())
    return answer_of(ok());
  auto asked = read_asked_effects(reply.body, handler, cause.job);
  if (!asked)
    return answer_of(dead(std::string{bad_answer}, asked.error().detail));
  if (asked->skip)
    return answer_of(skip());
  auto out = answer_of(ok());
  out.wanted = std::move(asked->wanted);
  return out;
}

} // namespace

handler_answer read_handler_reply(const handler_reply& reply, const std::string& handler, const event& cause,
                                  timestamp now) {
  if (reply.status >= 200 && reply.status < 300)
    return effects_of(reply, handler, cause);
  auto sentence = status_sentence(reply.status);
  if (reply.status == 410)
    return answer_of(again(std::string{gone}, std::move(sentence), std::nullopt));
  if (may_come_back(reply.status))
    return answer_of(again(status_word(reply.status), std::move(sentence), parse_retry_after(reply.retry_after, now)));
  if (reply.status >= 400)
    return answer_of(refusal(reply));
  return answer_of(again(status_word(reply.status), sentence + ", and redirects are not followed", std::nullopt));
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view text, timestamp now) {
  text = trimmed(text);
  const bool is_count = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (is_count) {
    const auto seconds = parse_digits(text); // nothing: too large for an int
    return seconds ? std::min<std::chrono::milliseconds>(std::chrono::seconds{*seconds}, longest_retry_after)
                   : longest_retry_after;
  }
  const auto date = parse_http_date(text);
  if (!date)
    return std::nullopt;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*date - now);
  return std::clamp(wait, std::chrono::milliseconds{0}, longest_retry_after);
}

} // namespace weir
