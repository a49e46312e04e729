#include "domain/rules/rule_cast.hpp"

#include "domain/json_number.hpp"
#include "domain/time.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace weir::rules {

namespace {

using nlohmann::json;

/// In the order of `cast_target`.
constexpr std::array<std::string_view, 5> target_names{"number", "integer", "string", "boolean", "time"};

std::optional<json> number_from(const json& value) {
  if (value.is_number())
    return value;
  if (!value.is_string())
    return std::nullopt;
  const auto text = without_blanks(value.get_ref<const std::string&>());
  if (!is_json_number(text) || !is_finite_number(text))
    return std::nullopt;
  auto number = json::parse(text, nullptr, false);
  return number.is_number() ? std::optional{std::move(number)} : std::nullopt;
}

std::optional<json> integer_from(const json& value) {
  constexpr auto largest = 9'007'199'254'740'992.0; // 2^53: beyond it doubles skip integers
  const auto number = number_from(value);
  if (!number)
    return std::nullopt;
  const auto size = number->get<double>();
  if (!(std::abs(size) <= largest) || std::trunc(size) != size)
    return std::nullopt;
  return number->is_number_float() ? json(static_cast<std::int64_t>(size)) : *number;
}

std::optional<json> string_from(const json& value) {
  if (value.is_string())
    return value;
  if (value.is_number() || value.is_boolean())
    return json(value.dump());
  return std::nullopt;
}

std::optional<json> boolean_from(const json& value) {
  if (value.is_boolean())
    return value;
  const auto text = value.is_string()   ? std::string{without_blanks(value.get_ref<const std::string&>())}
                    : value.is_number() ? value.dump()
                                        : std::string{};
  if (text == "true" || text == "1")
    return json(true);
  if (text == "false" || text == "0")
    return json(false);
  return std::nullopt;
}

std::optional<json> time_from(const json& value) {
  constexpr auto first_millisecond = 1e11;
  constexpr auto last_second = 253'402'300'799.0; // of the year 9999
  if (value.is_string()) {
    const auto read = parse_rfc3339(without_blanks(value.get_ref<const std::string&>()));
    return read ? std::optional<json>{to_rfc3339(*read)} : std::nullopt;
  }
  if (!value.is_number())
    return std::nullopt;
  const auto given = value.get<double>();
  const auto seconds = given >= first_millisecond ? given / 1e3 : given;
  if (!(seconds >= 0 && seconds <= last_second))
    return std::nullopt;
  return json(to_rfc3339(timestamp{std::chrono::microseconds{std::llround(seconds * 1e6)}}));
}

} // namespace

std::optional<cast_target> cast_target_of(std::string_view name) noexcept {
  const auto* const known = std::find(target_names.begin(), target_names.end(), name);
  if (known == target_names.end())
    return std::nullopt;
  return static_cast<cast_target>(known - target_names.begin());
}

std::string_view to_string(cast_target target) noexcept {
  return target_names[static_cast<std::size_t>(target)];
}

std::optional<json> cast_value(const json& value, cast_target target) {
  switch (target) {
  case cast_target::number:
    return number_from(value);
  case cast_target::integer:
    return integer_from(value);
  case cast_target::string:
    return string_from(value);
  case cast_target::boolean:
    return boolean_from(value);
  case cast_target::time:
    return time_from(value);
  }
  return std::nullopt;
}

std::string_view without_blanks(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\n\r\f\v";
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

} // namespace weir::rules
