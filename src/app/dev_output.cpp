#include "app/dev_output.hpp"

#include "app/output.hpp"
#include "app/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::app {

namespace {

constexpr auto usual_port = std::string_view{":7070"};

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

/// As many to a line as there is room for behind the heading.
std::string handler_list(const std::vector<dev_handler>& handlers) {
  constexpr auto room = std::size_t{90};
  auto text = std::string{};
  auto used = std::size_t{0};
  for (const auto& one : handlers) {
    const auto next = fmt::format("{} ({})", printable(one.name), printable(one.pattern));
    const auto fits = used + next.size() <= room;
    text += text.empty() ? "" : fits ? " · " : " ·\n              ";
    text += next;
    used = next.size() + (fits ? used + 3 : 0);
  }
  return text.empty() ? "none: events are stored and passed on as they are" : text;
}

/// "12:00:07.412" in UTC, as `weir sub` shows it.
std::string clock_text(timestamp at) {
  constexpr auto hours_at = std::size_t{11};
  constexpr auto clock_length = std::size_t{12};
  return to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(at)).substr(hours_at, clock_length);
}

std::string quoted_reason(const attempt& run) {
  const auto& why = run.detail.empty() ? run.code : run.detail;
  return why.empty() ? "" : fmt::format("  \"{}\"", printable(why));
}

} // namespace

std::string dev_banner(const dev_node& node) {
  const auto kept = node.ephemeral ? std::string{"nothing is kept"}
                                   : fmt::format("data in {} (delete it to start over)", printable(node.data_dir));
  // Commands find the usual port by themselves.
  const auto url = node.listen.ends_with(usual_port) ? std::string{} : fmt::format(" --url http://{}", node.listen);
  const auto admin_url = url.empty() ? std::string{} : fmt::format(" --admin-url http://{}", node.admin);
  auto out = fmt::format("weir {}  dev mode: loopback only, no auth, {}\n\n", node.version, kept);
  out += fmt::format("  Ingest      POST http://{}/api/v1/events\n", node.listen);
  out += fmt::format("  WebSocket   ws://{0}/api/v1/ws   SSE  http://{0}/api/v1/stream?job=demo\n", node.listen);
  out += fmt::format("  Admin       http://{0}/admin/api/v1/overview   Metrics  http://{0}/metrics\n", node.admin);
  out += fmt::format("  Handlers    {}\n\n", handler_list(node.handlers));
  out += fmt::format("  Try it:     weir send demo item.analyzed '{{\"itemId\":\"i1\",\"score\":0.93}}'{}\n", url);
  out += fmt::format("              weir sub demo{}      (in a second terminal)\n", url);
  out += fmt::format("              weir actor tree{}\n", admin_url);
  return out;
}

std::string recovery_sentence(const recovery_facts& facts) {
  constexpr auto shown = std::size_t{3};
  auto out = fmt::format("recovered {}, {}", counted(facts.jobs, "job"), counted(facts.entries, "event"));
  for (std::size_t i = 0; i < std::min(facts.cursors.size(), shown); ++i)
    out +=
        fmt::format("{}{}={}", i == 0 ? ", cursor " : " ", printable(facts.cursors[i].first), facts.cursors[i].second);
  if (facts.cursors.size() > shown)
    out += " …";
  if (facts.pending > 0)
    out += fmt::format(", {} to go on with", grouped(facts.pending));
  out += facts.lost_data ? ", some lost as accepted" : ", 0 lost, 0 repeated effects";
  return out + fmt::format(" ({} ms)", facts.took.count());
}

std::string ready_line(std::chrono::milliseconds took) {
  return fmt::format("ready in {:.2f}s — press Ctrl-C to drain and stop", static_cast<double>(took.count()) / 1000.0);
}

// -- the life of an event --------------------------------------------------------

std::string accepted_line(const accepted_event& what) {
  const auto& ev = what.body;
  return fmt::format("{}  -->  {:<8}  {:<18}  [{}]  {}", clock_text(what.accepted_at), printable(ev.job),
                     printable(ev.type), printable(ev.id), printable(ev.source));
}

std::string retry_line(const accepted_event& what, const attempt& failed, std::chrono::milliseconds wait) {
  return fmt::format("{}  <--  {:<8}  {}  {} {}, again in {:.1f}s{}  weir event get {}", clock_text(failed.at),
                     printable(what.body.job), printable(failed.handler), printable(failed.outcome), failed.number,
                     std::chrono::duration<double>(wait).count(), quoted_reason(failed), printable(what.body.id));
}

std::string committed_line(const job_id& job, const stream_entry& entry, std::size_t emitted) {
  const auto place = fmt::format("{}#{}", printable(job), entry.seq);
  if (entry.kind == entry_kind::gap)
    return fmt::format("              <--  {:<8}  gap  {} never sent {} to {}", place, printable(entry.gap_source),
                       entry.gap.from, entry.gap.to);
  const auto at = entry.runs.empty() ? entry.body->accepted_at : entry.runs.back().at;
  auto line = fmt::format("{}  <--  {:<8}", clock_text(at), place);
  if (entry.runs.empty())
    return line + (entry.kind == entry_kind::dead ? "  dead" : "  passed on");
  const auto& run = entry.runs.back();
  line += fmt::format("  {}  ", printable(run.handler));
  if (entry.kind == entry_kind::dead)
    return line + fmt::format("dead after {} attempt{}{}  weir dlq ls", run.number, run.number == 1 ? "" : "s",
                              quoted_reason(run));
  line += fmt::format("{} {:.1f} ms", run.outcome, static_cast<double>(run.duration_us) / 1000.0);
  return emitted == 0 ? line : line + fmt::format("  emitted {}", emitted);
}

} // namespace weir::app
