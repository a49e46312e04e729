#include "app/backup_output.hpp"
#include "app/command.hpp"
#include "app/command_config.hpp"
#include "app/interrupt.hpp"
#include "app/verify_online.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <optional>
#include <ostream>

namespace weir::app {

namespace {

constexpr std::chrono::milliseconds poll_every{200};
const auto target = std::string{"/admin/api/v1/backups"};

bool shows_progress(const command_call& call) {
  return call.is_table() && call.around.err_is_terminal;
}

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

// -- a running node ---------------------------------------------------------------

/// The row once it is no longer running, or the answer that is in the way.
result<api_response> await_end(const command_call& call, api_client& client, const std::string& id) {
  api_request look;
  look.target = target + "/" + url_encode(id);
  for (;;) {
    auto answer = client.send(look);
    if (!answer || !answer->ok())
      return answer;
    const auto row = nlohmann::json::parse(answer->body, nullptr, false);
    if (!row.is_object() || row.value("state", std::string{}) != "running")
      return answer;
    if (shows_progress(call))
      call.around.err << clear_line
                      << step_line(row.value("step", std::string{}), row.value("doneBytes", std::uint64_t{0}),
                                   row.value("totalBytes", std::uint64_t{0}))
                      << std::flush;
    if (!wait_for(poll_every, call.around.interrupted)) {
      call.around.err << "\nthe node goes on: GET " << look.target << " tells how far it is\n";
      return fail(errc::timed_out, "interrupted");
    }
  }
}

std::string_view hint_for(unsigned status) {
  if (status == 403)
    return "store.backup_directory of the node's configuration says below which folder it may write backups";
  return status == 409 ? "the same again when that one has ended" : "";
}

int backup_online(const command_call& call, const std::string& directory) {
  auto client = call.client(listener::admin);
  if (!client)
    return complain_usage(call, client.error().detail);
  api_request start;
  start.method = "POST";
  start.target = target;
  start.body = nlohmann::json{{"directory", directory}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  start.content_type = "application/json";
  const auto started = (*client)->send(start);
  if (!started)
    return complain(call, started.error());
  if (!started->ok())
    return complain(call, *started, hint_for(started->status));
  const auto begun = nlohmann::json::parse(started->body, nullptr, false);
  if (!begun.is_object())
    return complain(call, fail(errc::internal, "the node's answer cannot be read"));
  const auto ended = await_end(call, **client, begun.value("id", std::string{}));
  if (shows_progress(call))
    call.around.err << clear_line << std::flush;
  if (!ended)
    return complain(call, ended.error());
  if (!ended->ok())
    return complain(call, *ended);
  const auto row = nlohmann::json::parse(ended->body, nullptr, false);
  if (!row.is_object())
    return complain(call, fail(errc::internal, "the node's answer cannot be read"));
  if (row.value("state", std::string{}) != "done")
    return complain(call, fail(errc_from_name(row.value("code", std::string{})), row.value("detail", std::string{})));
  show_backup(call.around.out, row, !call.is_table());
  return to_int(exit_code::ok);
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

/// `--data`, or the folder of the configuration. @returns nothing after it complained.
std::optional<std::string> data_dir_of(const command_call& call) {
  if (call.args.has("data"))
    return call.args.text("data");
  const auto loaded = load_config(sources_of(call));
  if (!report_problems(call, loaded, false))
    return std::nullopt;
  return loaded.value.node.data_dir;
}

int back_up(command_call& call) {
  const auto directory = absolute(call.args.text("DIR"));
  if (call.names_node && !call.args.has("data"))
    return backup_online(call, directory);
  const auto data_dir = data_dir_of(call);
  if (!data_dir)
    return to_int(exit_code::bad_config);
  if (!call.around.node.run_backup)
    return complain(call, fail(errc::unsupported, "this program cannot read a store"));
  return call.around.node.run_backup({.data_dir = *data_dir,
                                      .directory = directory,
                                      .json = !call.is_table(),
                                      .progress = shows_progress(call),
                                      .interrupted = call.around.interrupted,
                                      .when_in_use = [&] { return backup_in_use(call, *data_dir, directory); }});
}

int restore(command_call& call) {
  auto with = restore_arguments{.directory = absolute(call.args.text("DIR")),
                                .data_dir = {},
                                .check = call.args.has("check"),
                                .json = !call.is_table(),
                                .progress = shows_progress(call),
                                .interrupted = call.around.interrupted};
  if (!with.check) {
    const auto data_dir = data_dir_of(call);
    if (!data_dir)
      return to_int(exit_code::bad_config);
    with.data_dir = absolute(*data_dir);
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
