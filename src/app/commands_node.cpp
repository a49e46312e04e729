#include "app/command.hpp"
#include "app/command_config.hpp"
#include "app/verify_online.hpp"
#include "app/version.hpp"

#include <fmt/format.h>

#include <ostream>

namespace weir::app {

namespace {

int start_node(const command_call& call, const config_sources& sources, const node_flags& flags) {
  const auto loaded = load_config(sources);
  if (!report_problems(call, loaded, !flags.dev))
    return to_int(exit_code::bad_config);
  if (!call.around.node.run_node)
    return complain(call, fail(errc::unsupported, "this program cannot run a node"));
  auto final_flags = flags;
  final_flags.ephemeral = loaded.value.store.kind == "memory";
  final_flags.demo = loaded.value.processing.handlers_demo;
  return call.around.node.run_node(loaded.value, final_flags);
}

int serve(command_call& call) {
  return start_node(call, sources_of(call), {.accept_data_loss = call.args.has("accept-data-loss")});
}

int dev(command_call& call) {
  auto sources = sources_of(call);
  sources.default_file.clear(); // a trial must not depend on what is installed
  sources.base_name = "weir dev";
  sources.base = {{"node.id", "dev-1"},
                  {"node.data_dir", ".weir"},
                  {"store.disk_floor", "64MiB"},
                  {"log.level", "warn"},
                  {"processing.handlers_demo", call.args.has("no-demo") ? "false" : "true"}};
  if (call.args.has("port")) {
    const auto port = call.args.count("port");
    if (port > 65'534)
      return complain_usage(call, "--port must be below 65535: the admin listener takes the next one");
    sources.flags.emplace_back("http.listen", fmt::format("127.0.0.1:{}", port));
    sources.flags.emplace_back("admin.listen", fmt::format("127.0.0.1:{}", port == 0 ? 0 : port + 1));
  }
  if (call.args.has("data"))
    sources.flags.emplace_back("node.data_dir", call.args.text("data"));
  if (call.args.has("ephemeral"))
    sources.flags.emplace_back("store.kind", "memory");
  return start_node(call, sources, {.dev = true});
}

/// The node has its folder open: it verifies the store itself.
int verify_running(command_call call, const std::string& data_dir) {
  const auto url = published_admin_url(data_dir);
  if (!url)
    return complain(call, fail(errc::state_conflict, data_dir + " is in use, and " + url.error().detail),
                    "--admin-url URL names the node");
  call.admin_url = *url;
  return verify_online(call);
}

int verify(command_call& call) {
  if (call.names_node && !call.args.has("data"))
    return verify_online(call);
  const auto folder = store_folder_of(call);
  if (!folder)
    return to_int(exit_code::bad_config);
  if (!call.around.node.run_verify)
    return complain(call, fail(errc::unsupported, "this program cannot read a store"));
  return call.around.node.run_verify({.data_dir = folder->path,
                                      .where_from = folder->where_from,
                                      .json = !call.is_table(),
                                      .progress = call.is_table() && call.around.err_is_terminal,
                                      .when_in_use = [&] { return verify_running(call, folder->path); }});
}

int show_version(command_call& call) {
  if (call.is_table() || call.format == output_format::name)
    call.around.out << "weir " << version << '\n';
  else
    call.around.out << fmt::format(R"({{"name":"weir","version":"{}"}})", version) << '\n';
  return to_int(exit_code::ok);
}

} // namespace

std::vector<command_spec> node_commands() {
  const auto config_file =
      argument_spec{"-c,--config", "Configuration file instead of " + std::string{system_config_file}};
  return {
      {"dev",
       "",
       "Run a node to try things out: this machine only, no tokens, data in ./.weir",
       {{"--port", "Public port; the admin listener takes the next one", value_kind::count},
        {"--data", "Folder of the data"},
        {"--ephemeral", "Keep nothing", value_kind::flag},
        {"--no-demo", "Without the demo handlers", value_kind::flag},
        config_file},
       dev,
       false,
       "Every option can also be given as --section.key VALUE; see weir config docs."},
      {"serve",
       "",
       "Run a node",
       {config_file,
        {"--accept-data-loss", "Start although acknowledged data cannot be read, and lose it", value_kind::flag}},
       serve,
       false,
       "Every option can also be given as --section.key VALUE; see weir config docs."},
      {"verify",
       "",
       "Check everything in the store, of a running node or a stopped one",
       {{"--data", "Folder of the data; otherwise node.data_dir of the configuration"}, config_file},
       verify,
       true,
       "A running node checks its own store; it is found by --admin-url, or by what it wrote into its folder."},
      {"version", "", "Say which version this is", {}, show_version, false},
  };
}

} // namespace weir::app
