#include "app/global_options.hpp"

#include <algorithm>

namespace weir::app {

namespace {

std::string variable(const surroundings& around, std::string_view name, std::string otherwise) {
  for (const auto& [key, text] : around.environment)
    if (key == name && !text.empty())
      return text;
  return otherwise;
}

} // namespace

const std::vector<argument_spec>& global_options() {
  static const auto specs = std::vector<argument_spec>{
      {"--url", "Public address of the node (WEIR_URL)"},
      {"--admin-url", "Admin address of the node (WEIR_ADMIN_URL)"},
      {"--token", "Bearer token (WEIR_TOKEN)"},
      {"--json", "Same as -o json; streams as one object a line", value_kind::flag},
      {"-o,--output", "Format of results", value_kind::choice, false, {"table", "json", "ndjson", "name"}},
      {"--no-color", "No colours (also NO_COLOR)", value_kind::flag},
  };
  return specs;
}

void apply_globals(const arguments& globals, command_call& call) {
  const auto& around = call.around;
  call.url = globals.text("url", variable(around, "WEIR_URL", "http://127.0.0.1:7070"));
  call.admin_url = globals.text("admin-url", variable(around, "WEIR_ADMIN_URL", "http://127.0.0.1:7071"));
  call.names_node = globals.has("url") || globals.has("admin-url");
  call.token = globals.text("token", variable(around, "WEIR_TOKEN", ""));
  call.color = around.err_is_terminal && !globals.has("no-color") && variable(around, "NO_COLOR", "").empty();
  const auto format = globals.text("output", globals.has("json") ? "json" : "table");
  if (format == "json")
    call.format = output_format::json;
  else if (format == "ndjson")
    call.format = output_format::ndjson;
  else if (format == "name")
    call.format = output_format::name;
}

std::vector<name_and_text> take_config_flags(std::vector<std::string>& args) {
  auto flags = std::vector<name_and_text>{};
  for (auto it = args.begin(); it != args.end();) {
    const auto name = it->substr(0, it->find('='));
    if (*it == "--")
      break;
    if (!name.starts_with("--") || name.find('.') == std::string::npos) {
      ++it;
      continue;
    }
    if (name.size() < it->size()) {
      flags.emplace_back(name.substr(2), it->substr(name.size() + 1));
      it = args.erase(it);
    } else if (it + 1 != args.end()) {
      flags.emplace_back(name.substr(2), *(it + 1));
      it = args.erase(it, it + 2);
    } else {
      ++it; // CLI11 will refuse it
    }
  }
  return flags;
}

bool takes_config_flags(const std::vector<std::string>& args) {
  static const auto words =
      std::vector<std::string>{"serve", "dev", "config", "configuration", "verify", "backup", "restore", "test"};
  const auto first = std::find_if(args.begin(), args.end(), [](const std::string& a) { return !a.starts_with('-'); });
  return first != args.end() && std::find(words.begin(), words.end(), *first) != words.end();
}

} // namespace weir::app
