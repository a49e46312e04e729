#include "app/verify_output.hpp"

#include "app/exit_code.hpp"
#include "app/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <ostream>
#include <string>

namespace weir::app {

namespace {

std::string line_of(const nlohmann::json& found) {
  const auto job = found.value("jobId", std::string{});
  const auto seq = found.value("seq", std::uint64_t{0});
  const auto file = found.value("file", std::string{});
  const auto position = found.value("position", std::uint64_t{0});
  auto line = job;
  if (seq != 0)
    line += fmt::format("#{}", seq);
  if (!line.empty())
    line += ": ";
  line += found.value("what", std::string{});
  if (!file.empty())
    line += position == 0 ? fmt::format(" ({})", file) : fmt::format(" ({}, position {})", file, position);
  return printable(line);
}

} // namespace

int show_verification(std::ostream& out, const nlohmann::json& report, bool as_json) {
  const auto count = report.value("findingCount", std::uint64_t{0});
  const auto findings = report.value("findings", nlohmann::json::array());
  if (as_json) {
    const nlohmann::json shown{{"jobs", report.value("jobs", std::uint64_t{0})},
                               {"entries", report.value("entries", std::uint64_t{0})},
                               {"logRecords", report.value("logRecords", std::uint64_t{0})},
                               {"position", report.value("position", std::uint64_t{0})},
                               {"digest", report.value("digest", std::string{})},
                               {"ok", count == 0},
                               {"findingCount", count},
                               {"findings", findings}};
    out << shown.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  } else {
    for (const auto& found : findings)
      out << line_of(found) << '\n';
    if (count > findings.size())
      out << fmt::format("... and {} more\n", count - findings.size());
    out << fmt::format("{} jobs, {} entries, {} log records: {}\n", report.value("jobs", std::uint64_t{0}),
                       report.value("entries", std::uint64_t{0}), report.value("logRecords", std::uint64_t{0}),
                       count == 0 ? std::string{"all well"} : fmt::format("{} findings", count));
  }
  return to_int(count == 0 ? exit_code::ok : exit_code::failed);
}

} // namespace weir::app
