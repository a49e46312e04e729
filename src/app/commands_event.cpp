#include "app/command.hpp"
#include "app/output.hpp"

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
    return show_page(call, answer, {{"NAME", "name"}, {"TYPES", "pattern"}, {"DESCRIPTION", "description"}}, "name");
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
      {"record", "ls", "List the documents of a collection", rows, list_records},
      {"record", "get", "Show one document", {collection, {"KEY", "Its key", value_kind::text, true}}, get_record},
      {"handler", "ls", "List handlers and the types they take", {}, list_handlers},
  };
}

} // namespace weir::app
