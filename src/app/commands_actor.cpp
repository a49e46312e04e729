#include "app/actor_tree.hpp"
#include "app/command.hpp"
#include "app/output.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace weir::app {

namespace {

const auto prefix = std::string{"/admin/api/v1/actors"};

int tree(command_call& call) {
  auto request = api_request{};
  request.target = prefix + "/tree" + query_of(call.args, {"depth"});
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    const auto root = nlohmann::ordered_json::parse(answer.body, nullptr, false);
    if (!call.is_table() || !root.is_object())
      return show_document(call, answer, "id");
    call.around.out << draw_tree(root);
    return to_int(exit_code::ok);
  });
}

int list(command_call& call) {
  auto request = api_request{};
  request.target = prefix + query_of(call.args, {"kind", "sort", "limit", "cursor"});
  return ask(call, listener::admin, request, [&](const api_response& answer) {
    return show_page(call, answer,
                     {{"ID", "id"},
                      {"KIND", "kind"},
                      {"STATE", "state"},
                      {"CURSOR", "cursor"},
                      {"MAILBOX", "mailbox"},
                      {"HELD", "held"},
                      {"HANDLED", "handled"},
                      {"RESTARTS", "restarts"},
                      {"ACTIVE", "activeAt"}},
                     "id");
  });
}

int get(command_call& call) {
  auto request = api_request{};
  request.target = prefix + "/" + url_encode(call.args.text("ID"));
  return ask(
      call, listener::admin, request, [&](const api_response& answer) { return show_document(call, answer, "id"); },
      "weir actor tree");
}

} // namespace

std::vector<command_spec> actor_commands() {
  auto rows = std::vector<argument_spec>{
      {"--kind", "Only this kind, like job"},
      {"--sort", "The largest first", value_kind::choice, false, {"mailbox", "restarts", "handled"}}};
  rows.insert(rows.end(), paging().begin(), paging().end());
  return {
      {"actor", "tree", "Draw the supervision tree", {{"--depth", "Levels at most, 0 to 9", value_kind::count}}, tree},
      {"actor", "ls", "List actors", rows, list},
      {"actor", "get", "Show one actor", {{"ID", "Like job:demo, shard:012 or ingest", value_kind::text, true}}, get},
  };
}

} // namespace weir::app
