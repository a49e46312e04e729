#include "app/backup_output.hpp"
#include "app/command.hpp"
#include "app/command_config.hpp"
#include "app/node_task.hpp"
#include "app/verify_online.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace weir::app {

namespace {

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// -- a running node ---------------------------------------------------------------

int backup_online(const command_call& call, const std::string& directory) {
  const auto line = [](const nlohmann::json& row) {
    return step_line(row.value("step", std::string{}), row.value("doneBytes", std::uint64_t{0}),
                     row.value("totalBytes", std::uint64_t{0}));
  };
  const auto ended = [&](const api_response&, const nlohmann::json& row) {
    if (row.value("state", std::string{}) != "done")
      return complain(call, fail(errc_from_name(row.value("code", std::string{})), row.value("detail", std::string{})));
    show_backup(call.around.out, row, !call.is_table());
    return to_int(exit_code::ok);
  };
  const auto body =
      nlohmann::json{{"directory", directory}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return run_task(call, {"/admin/api/v1/backups", "", line, ended}, body,
                  "store.backup_directory of the node's configuration says below which folder it may write backups");
}

int backup_in_use(command_call call, const std::string& data_dir, const std::string& directory) {
  const auto url = published_admin_url(data_dir);
  if (!url)
    return complain(call, fail(errc::state_conflict, data_dir + " is in use, and " + url.error().detail),
                    "--admin-url URL names the node");
  call.admin_url = *url;
  return backup_online(call, directory);
}

// -- commands ---------------------------------------------------------------------

int back_up(command_call& call) {
  const auto directory = absolute(call.args.text("DIR"));
  if (call.names_node && !call.args.has("data"))
    return backup_online(call, directory);
  const auto folder = store_folder_of(call);
  if (!folder)
    return to_int(exit_code::bad_config);
  if (!call.around.node.run_backup)
    return complain(call, fail(errc::unsupported, "this program cannot read a store"));
  return call.around.node.run_backup({.data_dir = folder->path,
                                      .where_from = folder->where_from,
                                      .directory = directory,
                                      .json = !call.is_table(),
                                      .progress = shows_progress(call),
                                      .interrupted = call.around.interrupted,
                                      .when_in_use = [&] { return backup_in_use(call, folder->path, directory); }});
}

int restore(command_call& call) {
  auto with = restore_arguments{.directory = absolute(call.args.text("DIR")),
                                .data_dir = {},
                                .check = call.args.has("check"),
                                .json = !call.is_table(),
                                .progress = shows_progress(call),
                                .interrupted = call.around.interrupted};
  if (!with.check) {
    const auto folder = store_folder_of(call);
    if (!folder)
      return to_int(exit_code::bad_config);
    with.data_dir = absolute(folder->path);
  }
  if (!call.around.node.run_restore)
    return complain(call, fail(errc::unsupported, "this program cannot make a store"));
  return call.around.node.run_restore(with);
}

} // namespace

std::vector<command_spec> backup_commands() {
  const auto config_file =
      argument_spec{"-c,--config", "Configuration file instead of " + std::string{system_config_file}};
  const auto directory = argument_spec{"DIR", "Folder of the backup", value_kind::text, true};
  return {
      {"backup",
       "",
       "Copy a store, of a running node too, and check the copy",
       {directory, {"--data", "Folder of the data; otherwise node.data_dir of the configuration"}, config_file},
       back_up,
       true,
       "A second backup into the same folder copies only what is new."},
      {"restore",
       "",
       "Make a store of a backup; all streams get a new epoch",
       {directory,
        {"--data", "New folder of the data; otherwise node.data_dir of the configuration"},
        {"--check", "Only check the backup", value_kind::flag},
        config_file},
       restore,
       true},
  };
}

} // namespace weir::app
