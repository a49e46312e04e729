#include "telemetry/log_line.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace weir::log {

namespace {

/// A JSON string in ASCII: what is not ASCII becomes \uXXXX, broken UTF-8
/// becomes \ufffd.
std::string ascii_string(std::string_view text) {
  const auto cut = text.size() > max_value_bytes;
  auto shown = std::string{text.substr(0, max_value_bytes)};
  if (cut)
    shown += "...";
  auto result = nlohmann::json(shown).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  // JSON lets DEL pass as it is; a terminal should not see it.
  for (auto at = result.find('\x7f'); at != std::string::npos; at = result.find('\x7f', at))
    result.replace(at, 1, "\\u007f");
  return result;
}

bool is_plain(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '\\' && c != '=';
}

std::string bare_or_quoted(std::string_view text) {
  const auto bare = !text.empty() && text.size() <= max_value_bytes && std::all_of(text.begin(), text.end(), is_plain);
  return bare ? std::string{text} : ascii_string(text);
}

std::string number(double x) {
  return std::isfinite(x) ? fmt::format("{}", x) : "null";
}

std::string printed(format shape, const value& content) {
  if (const auto* text = std::get_if<std::string>(&content))
    return shape == format::json ? ascii_string(*text) : bare_or_quoted(*text);
  if (const auto* real = std::get_if<double>(&content))
    return number(*real);
  if (const auto* whole = std::get_if<std::int64_t>(&content))
    return fmt::format("{}", *whole);
  return fmt::format("{}", std::get<std::uint64_t>(content));
}

std::string utc(std::chrono::sys_time<std::chrono::microseconds> at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (at - seconds).count());
}

} // namespace

std::string_view name_of(key which) noexcept {
  switch (which) {
  case key::job:
    return "job";
  case key::seq:
    return "seq";
  case key::epoch:
    return "epoch";
  case key::event_id:
    return "event_id";
  case key::type:
    return "type";
  case key::actor:
    return "actor";
  case key::node:
    return "node";
  case key::peer:
    return "peer";
  case key::source:
    return "source";
  case key::sink:
    return "sink";
  case key::handler:
    return "handler";
  case key::attempt:
    return "attempt";
  case key::delay_ms:
    return "delay_ms";
  case key::duration_ms:
    return "duration_ms";
  case key::bytes:
    return "bytes";
  case key::count:
    return "count";
  case key::error:
    return "error";
  case key::detail:
    return "detail";
  case key::remote:
    return "remote";
  case key::request_id:
    return "request_id";
  case key::path:
    return "path";
  case key::address:
    return "address";
  case key::position:
    return "position";
  case key::percent:
    return "percent";
  }
  return "unknown";
}

std::string_view name_of(level severity) noexcept {
  switch (severity) {
  case level::debug:
    return "debug";
  case level::info:
    return "info";
  case level::warn:
    return "warn";
  case level::error:
    return "error";
  case level::off:
    return "off";
  }
  return "unknown";
}

std::string format_line(format shape, const line_head& head, std::initializer_list<field> fields) {
  const auto json = shape == format::json;
  auto line = json ? fmt::format(R"({{"ts":"{}","level":"{}","msg":{})", utc(head.at), name_of(head.severity),
                                 ascii_string(head.id))
                   : fmt::format("{} {} {}", utc(head.at), name_of(head.severity), bare_or_quoted(head.id));
  const auto add = [&](key which, std::string_view text) {
    line += fmt::format(fmt::runtime(json ? R"(,"{}":{})" : " {}={}"), name_of(which), text);
  };
  if (!head.node.empty())
    add(key::node, json ? ascii_string(head.node) : bare_or_quoted(head.node));
  for (const auto& one : fields)
    add(one.name, printed(shape, one.content));
  if (json)
    line += '}';
  return line;
}

} // namespace weir::log
