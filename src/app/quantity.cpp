#include "app/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace weir::app {

namespace {

struct unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: formatting takes the first that divides.
constexpr std::array<unit, 5> time_units{{{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<unit, 5> binary_units{{{"TiB", std::uint64_t{1} << 40},
                                            {"GiB", std::uint64_t{1} << 30},
                                            {"MiB", std::uint64_t{1} << 20},
                                            {"KiB", std::uint64_t{1} << 10},
                                            {"B", 1}}};
constexpr std::array<unit, 8> size_units{{{"TiB", std::uint64_t{1} << 40},
                                          {"GiB", std::uint64_t{1} << 30},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"kB", 1'000},
                                          {"B", 1}}};

std::string quoted(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

/// @param example what a right value looks like, for the refusal.
result<std::uint64_t> parse_with_unit(std::string_view text, std::span<const unit> units, std::string_view what,
                                      std::string_view example) {
  auto number = std::uint64_t{0};
  const auto* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc::result_out_of_range)
    return fail(errc::bad_config, quoted(text) + " is too large");
  if (problem != std::errc{})
    return fail(errc::bad_config,
                quoted(text) + " is not a " + std::string{what} + "; write it like " + quoted(example));
  const auto name = std::string_view{rest, static_cast<std::size_t>(end - rest)};
  if (name.empty())
    return fail(errc::bad_config,
                quoted(text) + " has no unit; write a " + std::string{what} + " like " + quoted(example));
  for (const auto& candidate : units) {
    if (candidate.name != name)
      continue;
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / candidate.factor)
      return fail(errc::bad_config, quoted(text) + " is too large");
    return number * candidate.factor;
  }
  auto known = std::string{};
  for (const auto& candidate : units)
    known += (known.empty() ? "" : ", ") + std::string{candidate.name};
  return fail(errc::bad_config, quoted(text) + " has the unknown unit " + quoted(name) + "; known are " + known);
}

std::string format_with_unit(std::uint64_t value, std::span<const unit> units, std::string_view zero) {
  if (value == 0)
    return std::string{zero};
  for (const auto& candidate : units)
    if (value % candidate.factor == 0)
      return std::to_string(value / candidate.factor) + std::string{candidate.name};
  return std::to_string(value) + std::string{units.back().name};
}

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, time_units, "duration", "5s");
  if (!value)
    return value.error();
  return std::chrono::milliseconds{static_cast<std::int64_t>(*value)};
}

result<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, size_units, "size", "1MiB");
}

result<std::uint64_t> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  const auto number = parse_count(text.substr(0, slash));
  if (!number)
    return fail(errc::bad_config, quoted(text) + " is not a rate; write it like \"1000/s\"");
  if (slash == std::string_view::npos)
    return fail(errc::bad_config, quoted(text) + " has no unit; write a rate like \"1000/s\"");
  const auto per = text.substr(slash + 1);
  if (per == "s")
    return *number;
  if (per == "m")
    return *number / 60 + (*number % 60 == 0 ? 0 : 1);
  return fail(errc::bad_config, quoted(text) + " has the unknown unit " + quoted(per) + "; known are s, m");
}

result<std::uint64_t> parse_count(std::string_view text) {
  auto number = std::uint64_t{0};
  const auto* end = text.data() + text.size();
  const auto [rest, problem] = std::from_chars(text.data(), end, number);
  if (problem == std::errc::result_out_of_range)
    return fail(errc::bad_config, quoted(text) + " is too large");
  if (problem != std::errc{} || rest != end)
    return fail(errc::bad_config, quoted(text) + " is not a whole number");
  return number;
}

std::string format_duration(std::chrono::milliseconds value) {
  return format_with_unit(static_cast<std::uint64_t>(value.count()), time_units, "0s");
}

std::string format_size(std::uint64_t bytes) {
  return format_with_unit(bytes, binary_units, "0B");
}

std::string format_rate(std::uint64_t per_second) {
  return std::to_string(per_second) + "/s";
}

} // namespace weir::app
