#include "app/config_loader.hpp"

#include "app/config_aliases.hpp"
#include "app/config_handlers.hpp"
#include "app/config_metrics.hpp"
#include "app/nearest.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace weir::app {

namespace {

namespace fs = std::filesystem;

std::optional<std::string> variable(const config_sources& sources, std::string_view name) {
  for (const auto& [key, text] : sources.environment)
    if (key == name)
      return text;
  return std::nullopt;
}

std::string host_name() {
  auto name = std::array<char, 256>{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0')
    return "weir";
  return name.data();
}

class layer_reader {
public:
  explicit layer_reader(const config_sources& sources)
      : sources_(sources), references_{[&sources](std::string_view name) { return variable(sources, name); },
                                       read_small_file} {}

  loaded_config read() {
    for (const auto& [key, text] : sources_.base)
      set_text(key, text, sources_.base_name, sources_.base_name);
    read_files();
    read_aliases_of_others();
    out_.value.handlers = read_handlers(handlers_, out_.problems);
    out_.value.metrics = read_metrics(metrics_, out_.problems);
    read_environment();
    for (const auto& [key, text] : sources_.flags)
      set_text(key, text, "--" + key, "flag");
    if (out_.value.node.id.empty())
      out_.value.node.id = host_name();
    // A value that could not be read would give follow-up errors that are none.
    if (out_.ok())
      check();
    return std::move(out_);
  }

private:
  void report(std::string where, std::string what, bool warning = false) {
    out_.problems.push_back({std::move(where), std::move(what), warning});
  }

  // A flag has the option's name already.
  static std::string named(const option_row& row, const std::string& where) {
    return where == "--" + std::string{row.key} ? std::string{} : std::string{row.key} + ": ";
  }

  void set(const option_row& row, const raw_value& value, const std::string& where, const std::string& origin) {
    const auto done = assign(row, out_.value, value);
    if (!done)
      return report(where, named(row, where) + done.error().detail);
    out_.origins.insert_or_assign(std::string{row.key}, origin);
  }

  void set_text(const std::string& key, const std::string& text, const std::string& where, const std::string& origin) {
    const auto* row = find_option(key);
    if (!row) {
      const auto guess = nearest(key, option_keys());
      return report(where, "unknown option " + key + (guess.empty() ? "" : ", did you mean " + guess + "?"));
    }
    const auto value = raw_from_text(*row, text);
    if (!value)
      return report(where, named(*row, where) + value.error().detail);
    set(*row, *value, where, origin);
  }

  void read_files() {
    auto problem = std::error_code{};
    const auto main_file = sources_.file.value_or(sources_.default_file);
    if (main_file.empty())
      return;
    if (sources_.file || fs::exists(main_file, problem))
      read_file(main_file);
    auto parts = std::vector<std::string>{};
    const auto folder = fs::path{main_file}.parent_path() / "conf.d";
    for (const auto& entry : fs::directory_iterator{folder, problem})
      if (entry.path().extension() == ".toml")
        parts.push_back(entry.path().string());
    if (problem && problem != std::errc::no_such_file_or_directory)
      report(folder.string(), "cannot list the folder: " + problem.message());
    std::sort(parts.begin(), parts.end());
    for (const auto& part : parts)
      read_file(part);
  }

  void read_file(const std::string& path) {
    const auto text = read_small_file(path);
    if (!text)
      return report("", text.error().detail);
    out_.files.push_back(path);
    auto content = read_config_text(*text, path, references_);
    for (auto& problem : content.problems)
      out_.problems.push_back(std::move(problem));
    for (const auto& entry : content.values)
      set(*entry.row, entry.value, entry.where, entry.where);
    for (const auto& one : content.tests) {
      if (auto test = parse_fixture(one.value, one.where))
        out_.tests.push_back(std::move(*test));
      else
        report(one.where, test.error().detail);
    }
    std::move(content.handlers.begin(), content.handlers.end(), std::back_inserter(handlers_));
    std::move(content.metrics.begin(), content.metrics.end(), std::back_inserter(metrics_));
  }

  void read_aliases_of_others() {
    const auto found = read_aliases(sources_.environment, out_.value.http.listen);
    for (const auto& [variable, key, text] : found.options)
      set_text(key, text, variable, "environment " + variable);
    for (const auto& [variable, why] : found.odd)
      report(variable, why, true);
  }

  void read_environment() {
    auto names = std::vector<std::string>{};
    for (const auto& row : option_table())
      names.push_back(environment_name(row));
    for (const auto& [name, text] : sources_.environment) {
      if (!name.starts_with("WEIR_") || text.empty())
        continue;
      const auto known = std::find(names.begin(), names.end(), name);
      if (known != names.end())
        set_text(std::string{option_table()[static_cast<std::size_t>(known - names.begin())].key}, text, name,
                 "environment " + name);
      else
        report_variable(name, names);
    }
  }

  // Without "__" it may be meant for another program, or for this one's client.
  void report_variable(const std::string& name, const std::vector<std::string>& names) {
    if (name.find("__") != std::string::npos) {
      const auto guess = nearest(name, names);
      return report(name, "unknown variable" + (guess.empty() ? std::string{} : ", did you mean " + guess + "?"));
    }
    for (const auto& candidate : names) {
      auto flat = candidate;
      flat.erase(flat.find("__"), 1);
      if (flat == name)
        report(name, "is not read, did you mean " + candidate + "?", true);
    }
  }

  void check() {
    for (auto& sentence : check_together(out_.value))
      report("", std::move(sentence));
    for (auto& sentence : warn_together(out_.value))
      report("", std::move(sentence), true);
  }

  const config_sources& sources_;
  reference_sources references_;
  std::vector<config_table> handlers_; ///< of all files
  std::vector<config_table> metrics_;  ///< of all files
  loaded_config out_;
};

} // namespace

bool loaded_config::ok() const {
  return std::all_of(problems.begin(), problems.end(), [](const config_problem& p) { return p.warning; });
}

loaded_config load_config(const config_sources& sources) {
  return layer_reader{sources}.read();
}

std::vector<name_and_text> process_environment() {
  auto all = std::vector<name_and_text>{};
  for (auto** entry = environ; entry && *entry; ++entry) {
    const auto text = std::string_view{*entry};
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

std::string problem_text(const config_problem& problem) {
  auto text = problem.where.empty() ? std::string{} : problem.where + ": ";
  return text + problem.what;
}

} // namespace weir::app
