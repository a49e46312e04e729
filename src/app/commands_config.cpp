#include "app/command.hpp"
#include "app/command_config.hpp"
#include "app/config_check.hpp"
#include "app/config_text.hpp"
#include "app/output.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>

namespace weir::app {

config_sources sources_of(const command_call& call) {
  auto sources = config_sources{};
  if (call.args.has("config"))
    sources.file = call.args.text("config");
  sources.default_file = call.around.config_file;
  sources.environment = call.around.environment;
  sources.flags = call.config_flags;
  return sources;
}

std::optional<store_folder> store_folder_of(const command_call& call) {
  if (auto named = call.args.text("data"); !named.empty())
    return store_folder{std::move(named), "--data names that folder: give the one that the node has as node.data_dir"};
  const auto loaded = load_config(sources_of(call));
  if (!report_problems(call, loaded, false))
    return std::nullopt;
  return store_folder{loaded.value.node.data_dir,
                      "node.data_dir of the configuration names that folder: --data DIR names "
                      "another one, -c FILE another configuration"};
}

bool report_problems(const command_call& call, const loaded_config& loaded, bool with_warnings) {
  auto& err = call.around.err;
  for (const auto& problem : loaded.problems) {
    if (problem.warning && !with_warnings)
      continue;
    const auto word =
        problem.warning ? paint("warning:", color::yellow, call.color) : paint("error:", color::red, call.color);
    err << word << ' ' << printable(problem_text(problem)) << '\n';
  }
  if (!loaded.ok())
    err << "try: weir config docs\n";
  return loaded.ok();
}

namespace {

int print_text(const command_call& call, const std::string& text) {
  call.around.out << text;
  return to_int(exit_code::ok);
}

std::string problems_json(const loaded_config& loaded, bool ok) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& problem : loaded.problems)
    list.push_back(
        {{"severity", problem.warning ? "warning" : "error"}, {"where", problem.where}, {"what", problem.what}});
  return nlohmann::ordered_json{{"ok", ok}, {"files", loaded.files}, {"problems", list}}.dump();
}

int check(command_call& call) {
  auto sources = sources_of(call);
  if (call.args.has("FILE"))
    sources.file = call.args.text("FILE");
  auto loaded = load_config(sources);
  if (loaded.ok() && !call.args.has("no-environment"))
    for (auto& problem : check_environment(loaded.value))
      loaded.problems.push_back(std::move(problem));
  const auto strict = call.args.has("deny-warnings");
  const auto ok = strict ? loaded.problems.empty() : loaded.ok();
  if (call.is_table()) {
    static_cast<void>(report_problems(call, loaded, true));
    if (ok)
      call.around.out << "the configuration is sound\n";
  } else {
    call.around.out << problems_json(loaded, ok) << '\n';
  }
  return to_int(ok ? exit_code::ok : exit_code::bad_config);
}

int print(command_call& call) {
  const auto loaded = load_config(sources_of(call));
  if (!report_problems(call, loaded, true))
    return to_int(exit_code::bad_config);
  const auto origin = call.args.has("origin");
  return print_text(call, call.is_table() ? effective_toml(loaded, origin) : effective_json(loaded, origin));
}

} // namespace

std::vector<command_spec> config_commands() {
  const auto config_file =
      argument_spec{"-c,--config", "Configuration file instead of " + std::string{system_config_file}};
  const auto text_command = [](std::string verb, std::string help, std::string (*make)()) {
    return command_spec{
        "config", std::move(verb), std::move(help), {}, [make](command_call& call) { return print_text(call, make()); },
        false};
  };
  return {
      text_command("default", "Print every option with its default, as a file to start from", example_file),
      {"config",
       "check",
       "Check a configuration and this machine; exit 78 when something is wrong",
       {{"FILE", "The file; otherwise the one a node would read"},
        config_file,
        {"--no-environment", "Do not look at folders, ports and limits", value_kind::flag},
        {"--deny-warnings", "Warnings count as errors", value_kind::flag}},
       check,
       false},
      {"config",
       "print",
       "Print what is in force; secrets as ***",
       {config_file, {"--origin", "Say where each value comes from", value_kind::flag}},
       print,
       false},
      text_command("env", "Print the variables with their defaults", environment_list),
      text_command("schema", "Print the JSON Schema of the file", json_schema),
      text_command("docs", "Print the reference page", reference_page),
  };
}

} // namespace weir::app
