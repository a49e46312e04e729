#include "app/backup_output.hpp"
#include "app/cli_hooks.hpp"
#include "app/exit_code.hpp"
#include "app/node_parts.hpp"
#include "app/version.hpp"
#include "domain/time.hpp"
#include "storage/backup_check.hpp"
#include "storage/embedded_store.hpp"
#include "storage/restore.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <iostream>

namespace weir::app {

namespace {

/// Shows steps on stderr and listens for Ctrl-C.
storage::backup_watch watching(bool shown, const std::function<bool()>& interrupted) {
  return [shown, interrupted, last = std::string{}](const storage::backup_progress& at) mutable {
    if (shown) {
      auto line = step_line(at.step, at.done, at.total);
      if (line != last)
        std::cerr << clear_line << line << std::flush;
      last = std::move(line);
    }
    return !interrupted || !interrupted();
  };
}

int complain_about(const error& why, bool shown, const std::function<bool()>& interrupted) {
  if (shown)
    std::cerr << clear_line;
  fmt::print(stderr, "weir: {}\n", why.detail);
  return interrupted && interrupted() ? to_int(exit_code::interrupted) : exit_code_of(why.code);
}

nlohmann::json to_json(const storage::backup_report& from, const std::string& directory) {
  return {{"directory", directory},
          {"storeId", from.store_id},
          {"floor", from.floor},
          {"head", from.head},
          {"files", from.files},
          {"bytes", from.bytes},
          {"logRecords", from.log_records},
          {"takenAt", to_rfc3339(from.taken_at)}};
}

} // namespace

int run_backup(const backup_arguments& arguments) {
  storage::embedded_options options;
  options.directory = arguments.data_dir;
  options.read_only = true;
  auto opened = storage::embedded_store::open(options, wall_clock(), random_bytes());
  if (!opened && opened.error().code == errc::state_conflict && arguments.when_in_use)
    return arguments.when_in_use();
  if (!opened) {
    const auto code = complain_about(opened.error(), false, arguments.interrupted);
    if (opened.error().code == errc::not_found && !arguments.where_from.empty())
      fmt::print(stderr, "  {}\n", arguments.where_from);
    return code;
  }
  const auto made = (*opened)->backup(
      {arguments.directory, wall_clock(), std::string{version}, watching(arguments.progress, arguments.interrupted)});
  if (!made)
    return complain_about(made.error(), arguments.progress, arguments.interrupted);
  if (arguments.progress)
    std::cerr << clear_line;
  auto row = to_json(*made, arguments.directory);
  row.update({{"state", "done"},
              {"copiedFiles", made->copied_files},
              {"copiedBytes", made->copied_bytes},
              {"repairedFiles", made->repaired_files},
              {"removedFiles", made->removed_files}});
  show_backup(std::cout, row, arguments.json);
  return to_int(exit_code::ok);
}

int run_restore(const restore_arguments& arguments) {
  const auto watch = watching(arguments.progress, arguments.interrupted);
  nlohmann::json row;
  if (arguments.check) {
    const auto found = storage::check_backup(arguments.directory, watch);
    if (!found)
      return complain_about(found.error(), arguments.progress, arguments.interrupted);
    row = to_json(*found, arguments.directory);
  } else {
    const auto made =
        storage::restore_store({arguments.directory, arguments.data_dir, wall_clock(), random_bytes(), watch});
    if (!made)
      return complain_about(made.error(), arguments.progress, arguments.interrupted);
    row = to_json(made->from, arguments.directory);
    row.update({{"dataDir", arguments.data_dir},
                {"incarnation", made->incarnation},
                {"jobs", made->store.jobs},
                {"entries", made->store.entries},
                {"pending", made->store.events}});
  }
  if (arguments.progress)
    std::cerr << clear_line;
  show_restore(std::cout, row, arguments.json);
  return to_int(exit_code::ok);
}

} // namespace weir::app
