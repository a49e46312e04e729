#include "app/backup_output.hpp"

#include "app/progress_line.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace weir::app {

namespace {

std::string number_of(const nlohmann::json& row, const char* name) {
  return grouped(row.value(name, std::uint64_t{0}));
}

std::string dumped(const nlohmann::json& row) {
  return row.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

std::string step_line(std::string_view step, std::uint64_t done, std::uint64_t total) {
  constexpr std::uint64_t width = 30;
  constexpr std::uint64_t whole = 100;
  const auto share = total == 0 ? 0 : std::min(done, total) * whole / total;
  const auto filled = static_cast<std::size_t>(share * width / whole);
  return fmt::format("[{}{}] {:3} %  {}", std::string(filled, '#'), std::string(width - filled, ' '), share, step);
}

void show_backup(std::ostream& out, const nlohmann::json& row, bool json) {
  if (json) {
    out << dumped(row) << '\n';
    return;
  }
  out << fmt::format("{}: {} files with {} bytes, {} log records checked, up to position {}\n",
                     row.value("directory", std::string{}), number_of(row, "files"), number_of(row, "bytes"),
                     number_of(row, "logRecords"), row.value("head", std::uint64_t{0}))
      << fmt::format("copied {} files with {} bytes, the rest was there\n", number_of(row, "copiedFiles"),
                     number_of(row, "copiedBytes"));
  if (row.value("repairedFiles", std::uint64_t{0}) > 0)
    out << fmt::format("{} files of the former backup were damaged and were copied again: look at that disk\n",
                       number_of(row, "repairedFiles"));
}

void show_restore(std::ostream& out, const nlohmann::json& row, bool json) {
  if (json) {
    out << dumped(row) << '\n';
    return;
  }
  out << fmt::format("{}: of {}, {} files with {} bytes, {} log records, all well\n",
                     row.value("directory", std::string{}), row.value("takenAt", std::string{}),
                     number_of(row, "files"), number_of(row, "bytes"), number_of(row, "logRecords"));
  if (row.contains("dataDir"))
    out << fmt::format("restored into {}: {} jobs, {} entries, {} events to process; all streams have a new epoch\n",
                       row.value("dataDir", std::string{}), number_of(row, "jobs"), number_of(row, "entries"),
                       number_of(row, "pending"));
}

} // namespace weir::app
