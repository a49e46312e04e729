#include "app/command.hpp"
#include "app/output.hpp"

#include <nlohmann/json.hpp>

namespace weir::app {

namespace {

const auto prefix = std::string{"/admin/api/v1"};

int list(command_call& call) {
  auto request = api_request{};
  request.target = prefix + "/incidents";
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"HANDLER", "handler"},
                      {"STATE", "state"},
                      {"CODE", "code"},
                      {"SINCE", "since"},
                      {"JOBS", "jobs"},
                      {"WAITING", "waiting"},
                      {"PROBES", "probes"},
                      {"DETAIL", "detail"}},
                     "handler");
  });
}

int act(command_call& call, const std::string& target) {
  auto request = api_request{};
  request.method = "POST";
  request.target = prefix + target;
  request.content_type = "application/json";
  request.body = "{}";
  return ask(
      call, listener::admin, request,
      [&](const api_response& answer) { return show_document(call, answer, "handler"); }, "weir incident ls");
}

int resolve(command_call& call) {
  return act(call, "/incidents/" + url_encode(call.args.text("HANDLER")) + ":resolve");
}

int pause(command_call& call) {
  return act(call, "/handlers/" + url_encode(call.args.text("HANDLER")) + ":pause");
}

int resume(command_call& call) {
  return act(call, "/handlers/" + url_encode(call.args.text("HANDLER")) + ":resume");
}

} // namespace

std::vector<command_spec> incident_commands() {
  const auto handler = argument_spec{"HANDLER", "Name of a handler", value_kind::text, true};
  return {
      {"incident", "ls", "List handlers that take no events because many jobs failed alike", {}, list},
      {"incident", "resolve", "Let the events that wait for a handler run again", {handler}, resolve},
      {"handler", "pause", "Hold the events of a handler; nothing is lost", {handler}, pause},
      {"handler", "resume", "Let them run", {handler}, resume},
  };
}

} // namespace weir::app
