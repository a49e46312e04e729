#include "app/config_handlers.hpp"
#include "app/config_options.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

// What is printed of and about [[handler]] tables.
namespace weir::app {

namespace {

constexpr auto fields = std::to_array<handler_field>({
    {"name", "", "a name of a-z, 0-9 and -", "Unique; for builtin and worker that of a handler which the program has."},
    {"type", "", "one of builtin, worker, http, rule",
     "builtin: changes settings of a handler in C++. worker: the same, and runs it on threads of its own. http: asks "
     "another process. rule: declared here."},
    {"enabled", "", "true or false", "false: as if the handler were not there. Default: true."},
    {"on", "", "a type, a filter, or a list of either",
     "What the handler takes: types like \"order.*\", of which any will do, or filters like { prefix = { type = "
     "\"...\" } "
     "}, all of which must want the event; see [handlers.md](handlers.md). For builtin and worker in place of what the "
     "program says."},
    {"description", "", "a sentence", "Shown in lists."},
    {"url", "http", "an address like \"http://127.0.0.1:3000/hook\"",
     "Gets each event as a POST. Redirects are not followed and proxies not used; private addresses are allowed."},
    {"secret", "http", "\"whsec_...\", or a list of them",
     "Signs requests by Standard Webhooks. Two while the secret changes: the new one first."},
    {"concurrency", "http", "a whole number, 1 to 1000", "Most runs at once; further ones wait. Default: 8."},
    {"timeout", "worker http", "a duration like \"30s\"",
     "After this long a run is abandoned and the event tried again. Default of http: 30s."},
    {"soft_timeout", "worker http", "a duration like \"20s\"",
     "worker: the run is asked to stop. http: sent as Weir-Deadline-Ms. Default of http: timeout."},
    {"retry", "", "a table",
     "max_attempts, base, factor, max, jitter (\"none\", \"equal\", \"full\"), or schedule = [\"2s\", \"10s\"] in "
     "place of base, factor and max. What is not given is as in [processing]."},
    {"on_exhausted", "", "one of dead_letter, park",
     "What follows when all attempts failed: the event becomes a dead letter, or the job waits for an operator. "
     "Default: dead_letter."},
});

nlohmann::ordered_json schema_of_field(const handler_field& field) {
  using json = nlohmann::ordered_json;
  const auto text = json{{"type", "string"}};
  const auto list_or = [](const json& one) { return json::array({one, {{"type", "array"}, {"items", one}}}); };
  json out{{"description", field.doc}};
  if (field.name == "enabled")
    out["type"] = "boolean";
  else if (field.name == "concurrency")
    out.update({{"type", "integer"}, {"minimum", 1}, {"maximum", 1'000}});
  else if (field.name == "on")
    out["anyOf"] = list_or(json{{"type", {"string", "object"}}});
  else if (field.name == "secret")
    out["anyOf"] = list_or(text);
  else if (field.name == "type")
    out["enum"] = {"builtin", "worker", "http", "rule"};
  else if (field.name == "on_exhausted")
    out["enum"] = {"dead_letter", "park"};
  else if (field.name == "retry")
    out.update({{"type", "object"},
                {"additionalProperties", false},
                {"properties",
                 {{"max_attempts", {{"type", "integer"}, {"minimum", 1}, {"maximum", 1'000}}},
                  {"base", text},
                  {"factor", {{"type", "number"}, {"minimum", 1}, {"maximum", 100}}},
                  {"max", text},
                  {"jitter", {{"enum", {"none", "equal", "full"}}}},
                  {"schedule", {{"type", "array"}, {"items", text}, {"minItems", 1}}}}}});
  else
    out["type"] = "string";
  return out;
}

} // namespace

std::span<const handler_field> handler_fields() {
  return fields;
}

std::string handlers_toml(const std::vector<handler_config>& handlers, bool with_origin) {
  auto out = std::string{};
  for (const auto& one : handlers)
    out += table_toml("handler", nlohmann::ordered_json::parse(one.shown), with_origin ? one.where : "");
  return out;
}

nlohmann::ordered_json handlers_json(const std::vector<handler_config>& handlers, bool with_origin) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& one : handlers) {
    auto shown = nlohmann::ordered_json::parse(one.shown);
    list.push_back(with_origin ? nlohmann::ordered_json{{"value", shown}, {"origin", one.where}} : shown);
  }
  return list;
}

std::string handlers_example() {
  return R"(
# Handlers beside those of the program, one [[handler]] each; see docs/http-handlers.md.
#
# [[handler]]
# name = "orders"
# type = "http"
# on = ["order.*"]
# url = "http://127.0.0.1:3000/hook"
# secret = "${env:ORDERS_SECRET}"
# concurrency = 8
# timeout = "30s"
# retry = { max_attempts = 5, base = "2s", factor = 2.0, max = "5m", jitter = "equal" }
# on_exhausted = "dead_letter"
#
# [[handler]]
# name = "feedback"
# type = "builtin"
# retry = { schedule = ["2s", "10s", "1m"], max_attempts = 4 }
)";
}

nlohmann::ordered_json handlers_schema() {
  auto properties = nlohmann::ordered_json::object();
  for (const auto& field : fields)
    properties[std::string{field.name}] = schema_of_field(field);
  // A rule has further members, which the rule itself judges.
  const nlohmann::ordered_json not_rule{{"properties", {{"type", {{"not", {{"const", "rule"}}}}}}}};
  return {{"type", "array"},
          {"description", "Handlers beside those of the program, and settings of those."},
          {"items",
           {{"type", "object"},
            {"required", {"name", "type"}},
            {"properties", properties},
            {"if", not_rule},
            {"then", {{"properties", properties}, {"additionalProperties", false}}}}}};
}

std::string handlers_page() {
  auto out =
      std::string{"\n## [[handler]]\n\n"
                  "One table for each handler, in files only; those of conf.d come behind. What an HTTP handler\n"
                  "gets and answers is in [http-handlers.md](http-handlers.md).\n\n"
                  "| field | of type | value | meaning |\n|---|---|---|---|\n"};
  for (const auto& field : fields)
    out += fmt::format("| `{}` | {} | {} | {} |\n", field.name, field.types.empty() ? "all" : field.types, field.kind,
                       field.doc);
  return out;
}

} // namespace weir::app
