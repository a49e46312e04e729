#include "app/command.hpp"
#include "app/output.hpp"
#include "app/patch_file.hpp"

#include <ostream>

namespace weir::app {

namespace {

int get_event(command_call& call) {
  auto request = api_request{};
  request.target = "/api/v1/events/" + url_encode(call.args.text("ID")) + query_of(call.args, {"source"});
  return ask(
      call, listener::open, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir job history JOB");
}

int replay_event(command_call& call) {
  auto request = api_request{};
  request.method = "POST";
  request.target =
      "/admin/api/v1/events/" + url_encode(call.args.text("ID")) + ":replay" + query_of(call.args, {"source"});
  request.content_type = "application/json";
  request.body = "{}";
  if (call.args.has("patch")) {
    const auto patch = read_patch_file(call, call.args.text("patch"));
    if (!patch)
      return complain(call, patch.error());
    request.body = "{\"patch\":" + *patch + "}";
  }
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir dlq ls");
}

int list_records(command_call& call) {
  auto request = api_request{};
  request.target =
      "/api/v1/records/" + url_encode(call.args.text("COLLECTION")) + query_of(call.args, {"limit", "cursor"});
  return ask(call, listener::open, request, [&](const api_response& answer) {
    return show_page(call, answer, {{"KEY", "key"}, {"DOCUMENT", "document", true}}, "key");
  });
}

int get_record(command_call& call) {
  auto request = api_request{};
  request.target =
      "/api/v1/records/" + url_encode(call.args.text("COLLECTION")) + "/" + url_encode(call.args.text("KEY"));
  const auto hint = "weir record ls " + call.args.text("COLLECTION");
  return ask(
      call, listener::open, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      hint);
}

int list_handlers(command_call& call) {
  auto request = api_request{};
  request.target = "/admin/api/v1/handlers";
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"NAME", "name"},
                      {"KIND", "kind"},
                      {"TYPES", "pattern"},
                      {"RUNNING", "running"},
                      {"QUEUED", "queued"},
                      {"DESCRIPTION", "description"}},
                     "name");
  });
}

} // namespace

std::vector<command_spec> event_commands() {
  const auto collection = argument_spec{"COLLECTION", "Like feedback", value_kind::text, true};
  auto rows = std::vector<argument_spec>{collection};
  rows.insert(rows.end(), paging().begin(), paging().end());
  return {
      {"event",
       "get",
       "Show an event: what became of it, all attempts and effects",
       {{"ID", "Id of the event", value_kind::text, true}, {"--source", "Its source, when several used the same id"}},
       get_event},
      {"event",
       "replay",
       "Put a dead event in again; one that is done stays as it is",
       {{"ID", "Id of the event", value_kind::text, true},
        {"--source", "Its source, when several used the same id"},
        {"--patch", "Change its data first: file with a JSON merge patch, - for stdin"}},
       replay_event},
      {"record", "ls", "List the documents of a collection", rows, list_records},
      {"record", "get", "Show one document", {collection, {"KEY", "Its key", value_kind::text, true}}, get_record},
      {"handler", "ls", "List handlers, the types they take and their runs", {}, list_handlers},
  };
}

} // namespace weir::app
