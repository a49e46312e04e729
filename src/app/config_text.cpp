#include "app/config_text.hpp"

#include "app/config_handlers.hpp"
#include "app/config_metrics.hpp"
#include "app/quantity.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace weir::app {

namespace {

using ordered_json = nlohmann::ordered_json;

std::string_view section_of(const option_row& row) {
  return row.key.substr(0, row.key.find('.'));
}

std::string_view name_of(const option_row& row) {
  return row.key.substr(row.key.find('.') + 1);
}

std::string bound(const option_row& row, double value) {
  const auto whole = static_cast<std::uint64_t>(value);
  if (row.kind == option_kind::duration)
    return format_duration(milliseconds{static_cast<std::int64_t>(whole)});
  return row.kind == option_kind::size ? format_size(whole) : std::to_string(whole);
}

/// "1KiB to 64MiB", "at least 1", "a, b", or "".
std::string range_text(const option_row& row) {
  if (row.kind == option_kind::choice)
    return kind_text(row);
  if (row.max > 0)
    return fmt::format("{} to {}", bound(row, row.min), bound(row, row.max));
  return row.min > 0 ? "at least " + bound(row, row.min) : std::string{};
}

/// Comment lines of at most 100 columns.
void append_comment(std::string& out, std::string_view text) {
  while (!text.empty()) {
    auto end = text.size();
    if (end > 98)
      end = text.rfind(' ', 98);
    if (end == std::string_view::npos)
      end = text.size();
    out += fmt::format("# {}\n", text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

ordered_json schema_of(const option_row& row) {
  auto type = ordered_json{{"description", row.doc}};
  switch (row.kind) {
  case option_kind::boolean:
    type["type"] = "boolean";
    break;
  case option_kind::count:
    type["type"] = "integer";
    break;
  case option_kind::number:
    type["type"] = "number";
    break;
  case option_kind::texts:
  case option_kind::origins:
    type["type"] = "array";
    type["items"] = {{"type", "string"}};
    break;
  case option_kind::tokens:
    type["type"] = "array";
    type["items"] = {{"type", "object"},
                     {"required", {"name", "token"}},
                     {"properties", {{"name", {{"type", "string"}}}, {"token", {{"type", "string"}}}}},
                     {"additionalProperties", false}};
    break;
  default:
    type["type"] = "string";
  }
  if (row.kind == option_kind::duration)
    type["pattern"] = "^[0-9]+(ms|s|m|h|d)$";
  if (row.kind == option_kind::size)
    type["pattern"] = "^[0-9]+(B|kB|MB|GB|KiB|MiB|GiB|TiB)$";
  if (row.kind == option_kind::rate)
    type["pattern"] = "^[0-9]+/[sm]$";
  if (row.kind == option_kind::count || row.kind == option_kind::number) {
    type["minimum"] = row.min;
    if (row.max > 0)
      type["maximum"] = row.max;
  }
  for (auto rest = row.choices; !rest.empty();) {
    const auto end = rest.find('|');
    type["enum"].push_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  type["default"] = option_json(row, config{});
  return type;
}

std::string origin_of(const loaded_config& loaded, const option_row& row) {
  const auto found = loaded.origins.find(row.key);
  return found == loaded.origins.end() ? std::string{"default"} : found->second;
}

/// Calls for each row; `section` is not empty for the first row of a section.
template <class F>
void for_each_row(F visit) {
  auto last = std::string_view{};
  for (const auto& row : option_table()) {
    const auto section = section_of(row);
    visit(row, section == last ? std::string_view{} : section);
    last = section;
  }
}

} // namespace

std::string example_file() {
  auto out = std::string{"# Every option of Weir with its default. Take away the # in front of what you change.\n"
                         "# Strings may hold ${env:NAME}, ${env:NAME:-default}, ${file:/path} and ${cred:name}.\n"};
  for_each_row([&](const option_row& row, std::string_view section) {
    if (!section.empty())
      out += fmt::format("\n[{}]\n", section);
    out += '\n';
    append_comment(out, row.doc);
    if (const auto range = range_text(row); !range.empty())
      append_comment(out, "Range: " + range + ".");
    out += fmt::format("#{} = {}\n", name_of(row), option_toml(row, config{}));
  });
  return out + handlers_example() + metrics_example();
}

std::string effective_toml(const loaded_config& loaded, bool with_origin) {
  auto out = std::string{};
  for_each_row([&](const option_row& row, std::string_view section) {
    if (!section.empty())
      out += fmt::format("{}[{}]\n", out.empty() ? "" : "\n", section);
    const auto line = fmt::format("{} = {}", name_of(row), option_toml(row, loaded.value));
    out += with_origin ? fmt::format("{:<44} # {}\n", line, origin_of(loaded, row)) : line + "\n";
  });
  return out + handlers_toml(loaded.value.handlers, with_origin) + metrics_toml(loaded.value.metrics, with_origin);
}

std::string effective_json(const loaded_config& loaded, bool with_origin) {
  auto all = ordered_json::object();
  for_each_row([&](const option_row& row, std::string_view) {
    auto value = option_json(row, loaded.value);
    if (with_origin)
      value = {{"value", value}, {"origin", origin_of(loaded, row)}};
    all[std::string{section_of(row)}][std::string{name_of(row)}] = value;
  });
  if (!loaded.value.handlers.empty())
    all["handler"] = handlers_json(loaded.value.handlers, with_origin);
  if (!loaded.value.metrics.empty())
    all["metric"] = metrics_json(loaded.value.metrics, with_origin);
  return all.dump() + "\n";
}

std::string environment_list() {
  auto out = std::string{};
  for (const auto& row : option_table())
    out += fmt::format("{:<44} {}\n", environment_name(row), option_toml(row, config{}));
  return out;
}

std::string json_schema() {
  auto sections = ordered_json::object();
  for_each_row([&](const option_row& row, std::string_view section) {
    auto& target = sections[std::string{section_of(row)}];
    if (!section.empty())
      target = {{"type", "object"}, {"additionalProperties", false}, {"properties", ordered_json::object()}};
    target["properties"][std::string{name_of(row)}] = schema_of(row);
  });
  sections["test"] = {{"type", "array"},
                      {"description", "What `weir test` runs; docs/handlers.md."},
                      {"items",
                       {{"type", "object"},
                        {"required", {"name", "given", "expect"}},
                        {"properties",
                         {{"name", {{"type", "string"}}},
                          {"given", {{"type", "array"}, {"items", {{"type", "object"}}}}},
                          {"expect", {{"type", "object"}}}}},
                        {"additionalProperties", false}}}};
  sections["handler"] = handlers_schema();
  sections["metric"] = metrics_schema();
  const auto schema = ordered_json{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                                   {"title", "weir.toml"},
                                   {"type", "object"},
                                   {"additionalProperties", false},
                                   {"properties", sections}};
  return schema.dump(2) + "\n";
}

std::string reference_page() {
  auto out = std::string{"# Configuration\n\n"
                         "Generated by `weir config docs`. How files, variables and flags are put together is in\n"
                         "[config/README.md](../config/README.md).\n"};
  for_each_row([&](const option_row& row, std::string_view section) {
    if (!section.empty())
      out += fmt::format("\n## [{}]\n", section);
    const auto range = range_text(row);
    out += fmt::format("\n### `{}`\n\n{}\n\n- default: `{}`\n", row.key, row.doc, option_toml(row, config{}));
    if (!range.empty())
      out += fmt::format("- range: {}\n", range);
    out += fmt::format("- variable: `{}`\n", environment_name(row));
    if (row.secret)
      out += "- secret: printed as `***`\n";
    if (!row.needs_restart)
      out += "- takes effect without a restart\n";
  });
  return out + handlers_page() + metrics_page();
}

} // namespace weir::app
