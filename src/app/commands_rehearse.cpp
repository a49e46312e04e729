#include "app/command.hpp"
#include "app/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace weir::app {

namespace {

std::string outcome_text(const nlohmann::ordered_json& side) {
  auto text = side.value("outcome", std::string{"?"});
  for (const auto& emitted : side.value("emitted", nlohmann::ordered_json::array()))
    text += " +" + emitted.value("type", std::string{});
  if (side.contains("code"))
    text += " (" + side.value("code", std::string{}) + ")";
  return text;
}

void draw(const nlohmann::ordered_json& found, std::ostream& out) {
  out << fmt::format("{} events of {} ({}-{}): {} would end differently, {} records would differ\n",
                     found.value("events", 0), printable(found.value("job", std::string{})), found.value("from", 0),
                     found.value("to", 0), found.value("different", 0), found.value("differentRecords", 0));
  for (const auto& one : found.value("differences", nlohmann::ordered_json::array()))
    out << fmt::format("  #{:<8} {:<32} {} -> {}\n", one.value("seq", 0), printable(one.value("type", std::string{})),
                       printable(outcome_text(one["before"])), printable(outcome_text(one["after"])));
  for (const auto& one : found.value("records", nlohmann::ordered_json::array()))
    out << fmt::format("  record {}/{}: {} -> {}\n", printable(one.value("collection", std::string{})),
                       printable(one.value("key", std::string{})), printable(one["before"].dump()),
                       printable(one["after"].dump()));
  if (found.value("stateIsPartial", false))
    out << "  the front of the job is no longer kept: handlers began without their former state\n";
  for (const auto& name : found.value("leftOut", nlohmann::ordered_json::array()))
    out << fmt::format("  handler {} runs in another process and was left out\n", name.get<std::string>());
}

int rehearse(command_call& call) {
  auto body = nlohmann::json{{"job", call.args.text("JOB")}};
  for (const auto* name : {"from", "to"})
    if (call.args.has(name))
      body[name] = call.args.count(name);
  auto request = api_request{};
  request.method = "POST";
  request.target = "/admin/api/v1/rehearsals";
  request.content_type = "application/json";
  request.body = body.dump();
  return ask(
      call, listener::admin, request,
      [&](const api_response& answer) {
        const auto found = nlohmann::ordered_json::parse(answer.body, nullptr, false);
        if (!call.is_table() || !found.is_object())
          return show_document(call, answer, "job");
        draw(found, call.around.out);
        return to_int(exit_code::ok);
      },
      "weir job ls");
}

} // namespace

std::vector<command_spec> rehearse_commands() {
  return {{"rehearse",
           "",
           "Run the node's handlers over logged events again and show what would differ; nothing is written",
           {{"JOB", "The job", value_kind::text, true},
            {"--from", "First number that counts", value_kind::count},
            {"--to", "Last number that counts", value_kind::count}},
           rehearse}};
}

} // namespace weir::app
