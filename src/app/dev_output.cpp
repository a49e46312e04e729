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

std::string handler_list(const std::vector<dev_handler>& handlers) {
  auto text = std::string{};
  for (const auto& one : handlers)
    text += fmt::format("{}{} ({})", text.empty() ? "" : " · ", printable(one.name), printable(one.pattern));
  return text.empty() ? "none: events are stored and passed on as they are" : text;
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

} // namespace weir::app
