#include "app/cli_hooks.hpp"
#include "app/node_parts.hpp"
#include "storage/embedded_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace weir::app {

namespace {

constexpr int exit_ok = 0;
constexpr int exit_findings = 1;
constexpr int exit_refused = 4;

std::string as_json(const storage::verify_report& report) {
  auto findings = nlohmann::json::array();
  for (const auto& found : report.findings)
    findings.push_back({{"jobId", found.job}, {"seq", found.seq}, {"what", found.what}});
  nlohmann::json out{{"jobs", report.jobs},
                     {"entries", report.entries},
                     {"logRecords", report.log_records},
                     {"ok", report.findings.empty()},
                     {"findings", std::move(findings)}};
  return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void print_text(const storage::verify_report& report) {
  for (const auto& found : report.findings)
    fmt::print("{}{}: {}\n", found.job.empty() ? "log" : found.job,
               found.seq == 0 ? std::string{} : fmt::format("#{}", found.seq), found.what);
  fmt::print("{} jobs, {} entries, {} log records: {}\n", report.jobs, report.entries, report.log_records,
             report.findings.empty() ? std::string{"all well"} : fmt::format("{} findings", report.findings.size()));
}

} // namespace

int run_verify(const verify_arguments& arguments) {
  auto show = [&](const char* what) {
    return [what](std::uint64_t done, std::uint64_t total) {
      if (total > 0)
        fmt::print(stderr, "\r{} {:3d} %", what, done * 100 / total);
      return true;
    };
  };
  storage::embedded_options options;
  options.directory = arguments.data_dir;
  options.read_only = true;
  if (arguments.progress)
    options.progress = show("opening");
  auto opened = storage::embedded_store::open(options, wall_clock(), random_bytes());
  if (!opened) {
    fmt::print(stderr, "weir: {}\n", opened.error().detail);
    bool is_refused = opened.error().code == errc::state_conflict;
    if (is_refused)
      fmt::print(stderr, "  the node must be stopped for `weir verify`\n");
    return is_refused ? exit_refused : exit_findings;
  }
  auto report = (*opened)->verify(arguments.progress ? show("verifying") : storage::verify_progress{});
  if (arguments.progress)
    fmt::print(stderr, "\r                 \r");
  if (!report) {
    fmt::print(stderr, "weir: {}\n", report.error().detail);
    return exit_findings;
  }
  if (arguments.json)
    fmt::print("{}\n", as_json(*report));
  else
    print_text(*report);
  return report->findings.empty() ? exit_ok : exit_findings;
}

} // namespace weir::app
