#include "app/stream_text.hpp"

#include "app/output.hpp"

#include <fmt/format.h>

namespace weir::app {

namespace {

/// "12:00:07.412" of an RFC 3339 time in UTC; whatever else came, as it is.
std::string clock_of(const std::string& time) {
  const auto start = time.find('T');
  if (start == std::string::npos || time.size() < start + 13)
    return printable(time);
  return printable(time.substr(start + 1, 12));
}

/// Payloads may contain line breaks between their values.
std::string one_line(std::string_view text) {
  return printable(text);
}

} // namespace

std::string event_line(const stream_event& ev) {
  auto tail = std::string{member(ev.members, "data")};
  for (const auto* name : {"gap", "dead", "replayed"})
    if (const auto text = member(ev.members, name); !text.empty())
      tail += fmt::format("{}{}={}", tail.empty() ? "" : "  ", name, text);
  auto line = fmt::format("{}  {}#{}  {:<18}  {}", clock_of(ev.time), printable(ev.job), ev.seq, printable(ev.type),
                          one_line(tail));
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string event_object(const stream_event& ev) {
  auto text = fmt::format(R"({{"job":{},"seq":{})", quote_json(ev.job), ev.seq);
  for (const auto* name : {"id", "type", "time", "data"})
    if (const auto value = member(ev.members, name); !value.empty())
      text += fmt::format(R"(,"{}":{})", name, value);
  for (const auto& [name, value] : ev.members)
    if (name != "seq" && name != "id" && name != "type" && name != "time" && name != "data" && name != "job")
      text += fmt::format(R"(,{}:{})", quote_json(name), value);
  // A line break can only stand between tokens, where a space means the same.
  for (auto& c : text)
    c = c == '\n' || c == '\r' ? ' ' : c;
  return text + "}";
}

std::string notice_line(const stream_notice& notice) {
  const auto job = printable(notice.job);
  switch (notice.what) {
  case stream_notice::kind::connected:
    return fmt::format("connected node={} job={} from={} seq={}", printable(notice.node), job, notice.detail,
                       notice.from);
  case stream_notice::kind::resumed:
    return fmt::format("resumed {} after seq {} (recovered)", job, notice.from);
  case stream_notice::kind::gap:
    return fmt::format("gap {}: {} to {} are missing ({})", job, notice.from, notice.to, printable(notice.detail));
  case stream_notice::kind::recreated:
    return fmt::format("gap {}: the stream was recreated (epoch {}); it follows from its start", job,
                       printable(notice.detail));
  case stream_notice::kind::ended:
    return fmt::format("ended {}: {}", job, printable(notice.detail));
  case stream_notice::kind::caught_up:
    return {};
  }
  return {};
}

std::string lost_line(const connection_lost& lost) {
  const auto seconds = static_cast<double>(lost.wait.count()) / 1000.0;
  return fmt::format("reconnecting ({}) in {:.1f}s ...", lost.code, seconds);
}

} // namespace weir::app
