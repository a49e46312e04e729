#include "app/bulk_letters.hpp"
#include "app/command.hpp"
#include "app/output.hpp"

namespace weir::app {

namespace {

const auto prefix = std::string{"/admin/api/v1/operations"};

int list(command_call& call) {
  auto request = api_request{};
  request.target = prefix;
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"ID", "id"},
                      {"KIND", "kind"},
                      {"STATE", "state"},
                      {"DONE", "done"},
                      {"SKIPPED", "skipped"},
                      {"FAILED", "failed"},
                      {"TOTAL", "total"},
                      {"RATE", "rate"},
                      {"STARTED", "startedAt"},
                      {"WHO", "who"}},
                     "id");
  });
}

int get(command_call& call) {
  if (call.args.has("wait"))
    return await_operation(call, call.args.text("ID"));
  auto request = api_request{};
  request.target = prefix + "/" + url_encode(call.args.text("ID"));
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir operation ls");
}

int cancel(command_call& call) {
  auto request = api_request{};
  request.method = "POST";
  request.target = prefix + "/" + url_encode(call.args.text("ID")) + ":cancel";
  request.content_type = "application/json";
  request.body = "{}";
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir operation ls");
}

} // namespace

std::vector<command_spec> operation_commands() {
  const auto id = argument_spec{"ID", "Like op_0199a4", value_kind::text, true};
  return {
      {"operation", "ls", "List bulk actions since the node started", {}, list},
      {"operation",
       "get",
       "Show how far a bulk action is",
       {id, {"--wait", "Show its progress until it ends", value_kind::flag}},
       get},
      {"operation", "cancel", "Stop a bulk action where it is", {id}, cancel},
  };
}

} // namespace weir::app
