#include "domain/query_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace weir {

namespace {

constexpr std::string_view space = " \t\r\n";

/// Takes a quoted value off the front of `rest`. Nothing when it does not end.
std::optional<std::string> take_quoted(std::string_view& rest) {
  std::string out;
  for (std::size_t at = 1; at < rest.size(); ++at) {
    if (rest[at] == '"') {
      rest.remove_prefix(at + 1);
      return out;
    }
    if (rest[at] == '\\' && at + 1 < rest.size())
      ++at;
    out += rest[at];
  }
  return std::nullopt;
}

std::string take_word(std::string_view& rest) {
  const auto length = std::min(rest.find_first_of(space), rest.size());
  std::string out{rest.substr(0, length)};
  rest.remove_prefix(length);
  return out;
}

std::string shown(std::string_view text) {
  constexpr std::size_t most = 32;
  return "\"" + std::string{text.substr(0, most)} + "\"";
}

std::optional<std::chrono::seconds> unit_of(char letter) {
  switch (letter) {
  case 's':
    return std::chrono::seconds{1};
  case 'm':
    return std::chrono::minutes{1};
  case 'h':
    return std::chrono::hours{1};
  case 'd':
    return std::chrono::days{1};
  default:
    return std::nullopt;
  }
}

} // namespace

result<std::vector<query_term>> parse_query(std::string_view text) {
  std::vector<query_term> out;
  for (auto rest = text;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(space), rest.size()));
    if (rest.empty())
      return out;
    const auto colon = rest.find(':');
    const auto name = rest.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || name.find_first_of(space) != std::string_view::npos)
      return fail(errc::bad_request, "the query needs name:value at " + shown(rest));
    const auto from = rest;
    rest.remove_prefix(colon + 1);
    auto value = rest.starts_with('"') ? take_quoted(rest) : std::optional{take_word(rest)};
    if (!value)
      return fail(errc::bad_request, "a quote in the query does not end: " + shown(from));
    if (value->empty())
      return fail(errc::bad_request, "the query needs a value behind " + shown(name));
    if (std::ranges::find(out, name, &query_term::first) != out.end())
      return fail(errc::bad_request, shown(name) + " stands twice in the query");
    out.emplace_back(name, *std::move(value));
  }
}

result<timestamp> parse_moment(std::string_view text, timestamp now) {
  constexpr std::uint32_t most = 100'000;
  std::uint32_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem == std::errc{} && end + 1 == text.data() + text.size() && count <= most)
    if (const auto unit = unit_of(*end))
      return now - *unit * count;
  if (auto at = parse_rfc3339(text))
    return *at;
  return fail(errc::bad_request, shown(text) + " is neither a moment like 2026-11-22T12:00:00Z nor an age like 90s, "
                                               "15m, 36h or 7d");
}

} // namespace weir
