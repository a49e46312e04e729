#include "app/node_greeting.hpp"

#include "app/dev_output.hpp"
#include "app/version.hpp"
#include "telemetry/log.hpp"

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace weir::app {

namespace {

void log_start(const ready_node& node) {
  log::info("node.ready", {{log::key::address, node.at.listen},
                           {log::key::duration_ms, node.took.count()},
                           {log::key::count, node.found.events}});
  if (node.descriptors.connections < node.settings.http.max_connections)
    log::warn("node.descriptors", {{log::key::count, node.descriptors.connections},
                                   {log::key::detail, describe(node.descriptors, node.settings.http.max_connections)}});
  const auto& found = node.found;
  if (!found.detail.empty() || found.replayed_records > 0)
    log::info("store.recovered",
              {{log::key::detail, found.detail.empty() ? "the end of the log was replayed" : found.detail},
               {log::key::count, found.replayed_records}});
}

} // namespace

void greet(const ready_node& node) {
  log_start(node);
  if (!node.flags.dev)
    return;
  std::vector<dev_handler> shown;
  for (const auto& entry : node.services.handlers->entries())
    shown.push_back({entry.name, entry.pattern.text, entry.description});
  std::vector<std::pair<std::string, sequence>> cursors;
  if (auto page = node.services.store->jobs("", 4))
    for (const auto& job : page->jobs)
      cursors.emplace_back(job.job, job.last_seq);
  const auto& found = node.found;
  std::cout << dev_banner(
      {std::string{version}, node.settings.node.data_dir, node.flags.ephemeral, node.at.listen, node.at.admin, shown});
  if (!found.first_run)
    std::cout << recovery_sentence({found.jobs, found.entries, found.events, cursors, node.took, found.lost_data})
              << '\n';
  std::cout << ready_line(node.took) << std::endl;
}

} // namespace weir::app
