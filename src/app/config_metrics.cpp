#include "app/config_metrics.hpp"

#include "app/config_options.hpp"
#include "domain/metrics/metric_rule.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <map>
#include <string_view>

namespace weir::app {

namespace {

using ordered_json = nlohmann::ordered_json;

struct metric_field {
  std::string_view name;
  std::string_view kind; ///< what a value looks like
  std::string_view doc;
};

constexpr auto metric_fields = std::to_array<metric_field>({
    {"name", "a name of a-z, 0-9 and -, at most 48", "Unique; part of the names of records and jobs."},
    {"kind", "one of counter, sum, window",
     "counter: how many events. sum: of a number in each. window: figures of that number over the last `window`."},
    {"type", "a type like \"item.*\"", "Which events count. Default: all."},
    {"source", "a source like \"api*\"", "Which events count. Default: of all sources."},
    {"value", "a JSON pointer", "Where the number is in the data; sum and window."},
    {"by", "a list of source, type, job", "A series for each value of them. Default: one series for all."},
    {"window", "a duration like \"5m\"",
     "window: how far back it reaches. Others: the period whose amount is watched for anomalies."},
    {"threshold", "a number", "Deviations from the mean beyond which a value is an anomaly. Default: none is."},
    {"history", "a whole number, 2 to 1000", "Values before it that make the mean. Default: 100."},
    {"min_samples", "a whole number, 2 to history", "With fewer nothing is an anomaly. Default: 10."},
    {"min_deviation", "a number", "A smaller deviation counts as this one. Default: 0."},
});

/// "/0/name: expected .." as the place of what it names, and the rest.
config_problem problem_of(const config_table& table, const std::string& detail) {
  const auto end = detail.find(": ");
  const auto name = table.value.is_object() ? table.value.value("name", ordered_json{}) : ordered_json{};
  const auto who = name.is_string() ? fmt::format("metric \"{}\"", name.get<std::string>()) : std::string{"metric"};
  if (!detail.starts_with("/0") || end == std::string::npos)
    return {table.place(""), who + ": " + detail};
  const auto pointer = detail.substr(2, end - 2);
  const auto what = detail.substr(end + 2);
  return {table.place_of_name(pointer),
          pointer.empty() ? who + ": " + what : fmt::format("{}: {}: {}", who, pointer.substr(1), what)};
}

ordered_json schema_of_metric_field(const metric_field& field) {
  ordered_json out{{"description", field.doc}};
  if (field.name == "kind")
    out["enum"] = {"counter", "sum", "window"};
  else if (field.name == "by")
    out.update({{"type", "array"}, {"items", {{"enum", {"source", "type", "job"}}}}});
  else if (field.name == "history" || field.name == "min_samples")
    out.update({{"type", "integer"}, {"minimum", 2}, {"maximum", 1000}});
  else
    out["type"] = field.name == "threshold" || field.name == "min_deviation" ? "number" : "string";
  return out;
}

} // namespace

std::vector<metric_config> read_metrics(const std::vector<config_table>& tables,
                                        std::vector<config_problem>& problems) {
  std::vector<metric_config> out;
  std::map<std::string, std::string> places; // by name
  for (const auto& table : tables) {
    const auto text = table.value.dump();
    const auto parsed = parse_metric_rules(json::array({json::parse(text)}));
    if (!parsed) {
      problems.push_back(problem_of(table, parsed.error().detail));
      continue;
    }
    const auto [known, is_new] = places.emplace(parsed->front().name, table.place(""));
    if (is_new)
      out.push_back({text, table.place("")});
    else
      problems.push_back({table.place("/name"), fmt::format("metric \"{}\": the name is taken by the one at {}",
                                                            known->first, known->second)});
  }
  return out;
}

std::string metrics_toml(const std::vector<metric_config>& metrics, bool with_origin) {
  std::string out;
  for (const auto& one : metrics)
    out += table_toml("metric", ordered_json::parse(one.rule), with_origin ? one.where : "");
  return out;
}

ordered_json metrics_json(const std::vector<metric_config>& metrics, bool with_origin) {
  auto list = ordered_json::array();
  for (const auto& one : metrics) {
    auto rule = ordered_json::parse(one.rule);
    list.push_back(with_origin ? ordered_json{{"value", rule}, {"origin", one.where}} : rule);
  }
  return list;
}

std::string metrics_example() {
  return R"(
# Figures of events and anomalies in them, one [[metric]] each; see docs/configuration.md.
#
# [[metric]]
# name = "scores"
# kind = "window"
# type = "item.*"
# value = "/score"
# by = ["job"]
# window = "5m"
# threshold = 3.0
)";
}

ordered_json metrics_schema() {
  auto properties = ordered_json::object();
  for (const auto& field : metric_fields)
    properties[std::string{field.name}] = schema_of_metric_field(field);
  return {{"type", "array"},
          {"description", "Figures of events, and what is unusual in them."},
          {"maxItems", 100},
          {"items",
           {{"type", "object"},
            {"required", {"name", "kind"}},
            {"properties", properties},
            {"additionalProperties", false}}}};
}

std::string metrics_page() {
  auto out = std::string{"\n## [[metric]]\n\n"
                         "One table for each metric, in files only, at most 100. What becomes of them, records,\n"
                         "events and anomalies, is in\n"
                         "[src/domain/metrics/README.md](../src/domain/metrics/README.md).\n\n"
                         "| field | value | meaning |\n|---|---|---|\n"};
  for (const auto& field : metric_fields)
    out += fmt::format("| `{}` | {} | {} |\n", field.name, field.kind, field.doc);
  return out;
}

} // namespace weir::app
