#include "app/config_file.hpp"

#include "app/nearest.hpp"
#include "app/toml_json.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <optional>

namespace weir::app {

namespace {

std::string position(const std::string& name, const toml::source_region& at) {
  return fmt::format("{}:{}:{}", name, at.begin.line, at.begin.column);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const auto guess = nearest(word, candidates);
  return guess.empty() ? std::string{} : ", did you mean " + guess + "?";
}

/// Walks one parsed file and collects what it says and what is wrong.
class file_reader {
public:
  file_reader(const std::string& name, const reference_sources& sources) : name_(name), sources_(sources) {}

  void read(const toml::table& root) {
    for (auto&& [key, node] : root)
      read_section(key, node);
  }

  void report(const toml::source_region& at, std::string what) {
    out_.problems.push_back({position(name_, at), std::move(what)});
  }

  file_content take() {
    return std::move(out_);
  }

private:
  void read_section(const toml::key& key, const toml::node& node) {
    const auto name = std::string{key.str()};
    if (name == "test")
      return read_tests(key, node);
    if (name == "handler")
      return read_tables(key, node, out_.handlers);
    if (name == "metric")
      return read_tables(key, node, out_.metrics);
    auto sections = option_sections();
    sections.emplace_back("handler");
    sections.emplace_back("metric");
    sections.emplace_back("test");
    if (std::find(sections.begin(), sections.end(), name) == sections.end())
      return report(key.source(), "unknown section " + name + did_you_mean(name, sections));
    const auto* section = node.as_table();
    if (!section)
      return report(key.source(), name + " is a section; write [" + name + "] on a line of its own");
    for (auto&& [member, value] : *section)
      read_option(name, member, value);
  }

  void read_tests(const toml::key& key, const toml::node& node) {
    const auto* list = node.as_array();
    if (!list)
      return report(key.source(), "test is a list of tables; write [[test]] on a line of its own");
    for (const auto& one : *list)
      out_.tests.push_back({json_of(one), position(name_, one.source())});
  }

  void read_tables(const toml::key& key, const toml::node& node, std::vector<config_table>& into) {
    const auto name = std::string{key.str()};
    const auto* list = node.as_array();
    if (!list || !list->is_homogeneous(toml::node_type::table))
      return report(key.source(), fmt::format("{0} is a list of tables; write [[{0}]] on a line of its own", name));
    for (const auto& one : *list) {
      auto& table = into.emplace_back();
      table.name = name;
      table.value = read_json(one, "", table);
    }
  }

  /// Strings with their references resolved; notes where each value stands.
  nlohmann::ordered_json read_json(const toml::node& node, const std::string& pointer, config_table& into) {
    into.places[pointer] = position(name_, node.source());
    if (const auto* table = node.as_table()) {
      auto out = nlohmann::ordered_json::object();
      for (auto&& [key, value] : *table) {
        const auto below = pointer + "/" + std::string{key.str()};
        into.keys[below] = position(name_, key.source());
        out[std::string{key.str()}] = read_json(value, below, into);
      }
      return out;
    }
    if (const auto* list = node.as_array()) {
      auto out = nlohmann::ordered_json::array();
      for (const auto& value : *list)
        out.push_back(read_json(value, pointer + "/" + std::to_string(out.size()), into));
      return out;
    }
    if (const auto* text = node.as_string())
      return read_text(into.name, *text).value_or("");
    if (const auto* whole = node.as_integer())
      return whole->get();
    if (const auto* fraction = node.as_floating_point())
      return fraction->get();
    if (const auto* flag = node.as_boolean())
      return flag->get();
    report(node.source(), into.name + ": dates and times have no meaning here; write a string");
    return nullptr;
  }

  void read_option(const std::string& section, const toml::key& key, const toml::node& node) {
    const auto name = section + "." + std::string{key.str()};
    const auto* row = find_option(name);
    if (!row)
      return report(key.source(), "unknown option " + name + did_you_mean(name, option_keys()));
    if (auto value = read_value(name, *row, node))
      out_.values.push_back({row, std::move(*value), position(name_, node.source())});
  }

  std::optional<std::string> read_text(const std::string& option, const toml::value<std::string>& node) {
    auto text = interpolate(node.get(), sources_);
    if (text)
      return std::move(*text);
    report(node.source(), option + ": " + text.error().detail);
    return std::nullopt;
  }

  std::optional<raw_value> read_value(const std::string& option, const option_row& row, const toml::node& node) {
    if (const auto* text = node.as_string()) {
      auto resolved = read_text(option, *text);
      return resolved ? std::optional<raw_value>{std::move(*resolved)} : std::nullopt;
    }
    if (const auto* whole = node.as_integer())
      return raw_value{whole->get()};
    if (const auto* fraction = node.as_floating_point())
      return raw_value{fraction->get()};
    if (const auto* flag = node.as_boolean())
      return raw_value{flag->get()};
    if (const auto* list = node.as_array())
      return row.kind == option_kind::tokens ? read_tokens(option, *list) : read_texts(option, row, *list);
    report(node.source(),
           option + ": expected " + kind_text(row) + ", found a " + (node.is_table() ? "table" : "date or time"));
    return std::nullopt;
  }

  std::optional<raw_value> read_texts(const std::string& option, const option_row& row, const toml::array& list) {
    auto texts = std::vector<std::string>{};
    auto sound = true;
    for (const auto& item : list) {
      const auto* text = item.as_string();
      if (!text)
        report(item.source(), option + ": expected " + kind_text(row));
      auto resolved = text ? read_text(option, *text) : std::nullopt;
      sound = sound && resolved;
      if (resolved)
        texts.push_back(std::move(*resolved));
    }
    return sound ? std::optional<raw_value>{std::move(texts)} : std::nullopt;
  }

  std::optional<raw_value> read_tokens(const std::string& option, const toml::array& list) {
    auto tokens = std::vector<access_token>{};
    const auto before = out_.problems.size();
    for (const auto& item : list) {
      const auto* fields = item.as_table();
      if (fields)
        tokens.push_back(read_token(option, *fields));
      else
        report(item.source(), option + ": expected a table like { name = \"web\", token = \"...\" }");
    }
    return out_.problems.size() == before ? std::optional<raw_value>{std::move(tokens)} : std::nullopt;
  }

  access_token read_token(const std::string& option, const toml::table& fields) {
    static const auto known = std::vector<std::string>{"name", "token"};
    auto one = access_token{};
    for (auto&& [key, node] : fields) {
      const auto name = std::string{key.str()};
      const auto* text = node.as_string();
      if (name != "name" && name != "token")
        report(key.source(), fmt::format("{}: unknown field {}{}", option, name, did_you_mean(name, known)));
      else if (!text)
        report(node.source(), fmt::format("{}: {} must be a string", option, name));
      else if (auto resolved = read_text(option, *text))
        (name == "name" ? one.name : one.token) = std::move(*resolved);
    }
    for (const auto& name : known)
      if (!fields.contains(name))
        report(fields.source(), fmt::format("{}: a token has no field {}", option, name));
    return one;
  }

  const std::string& name_;
  const reference_sources& sources_;
  file_content out_;
};

} // namespace

std::string config_table::place(std::string pointer) const {
  while (true) {
    if (const auto found = places.find(pointer); found != places.end() || pointer.empty())
      return found == places.end() ? std::string{} : found->second;
    pointer.erase(pointer.rfind('/'));
  }
}

std::string config_table::place_of_name(const std::string& pointer) const {
  const auto found = keys.find(pointer);
  return found == keys.end() ? place(pointer) : found->second;
}

file_content read_config_text(std::string_view text, const std::string& name, const reference_sources& sources) {
  auto reader = file_reader{name, sources};
  try {
    reader.read(toml::parse(text, std::string_view{name}));
  } catch (const toml::parse_error& problem) {
    reader.report(problem.source(), "not valid TOML: " + std::string{problem.description()});
  }
  return reader.take();
}

} // namespace weir::app
