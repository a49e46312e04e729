#include "app/node_task.hpp"

#include "app/backup_output.hpp"
#include "app/interrupt.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <ostream>

namespace weir::app {

namespace {

constexpr std::chrono::milliseconds poll_every{200};
constexpr unsigned forbidden = 403;
constexpr unsigned conflict = 409;

error unreadable() {
  return fail(errc::internal, "the node's answer cannot be read");
}

int follow(const command_call& call, api_client& client, const node_task& task, const std::string& id) {
  api_request look;
  look.target = task.collection + "/" + url_encode(id);
  for (;;) {
    const auto answer = client.send(look);
    if (shows_progress(call))
      call.around.err << clear_line << std::flush;
    if (!answer)
      return complain(call, answer.error(), "the node goes on, if it runs: GET " + look.target);
    if (!answer->ok())
      return complain(call, *answer);
    const auto row = nlohmann::json::parse(answer->body, nullptr, false);
    if (!row.is_object())
      return complain(call, unreadable());
    if (row.value("state", std::string{}) != "running")
      return task.ended(*answer, row);
    if (shows_progress(call))
      call.around.err << task.line(row) << std::flush;
    if (wait_for(poll_every, call.around.interrupted))
      continue;
    call.around.err << fmt::format("\nthe node goes on: GET {} tells how far it is\n", look.target);
    if (!task.stop_with.empty())
      call.around.err << fmt::format("{} {} ends it\n", task.stop_with, id);
    return to_int(exit_code::interrupted);
  }
}

} // namespace

bool shows_progress(const command_call& call) {
  return call.is_table() && call.around.err_is_terminal;
}

int await_task(const command_call& call, const node_task& task, const std::string& id) {
  const auto client = call.client(listener::admin);
  if (!client)
    return complain_usage(call, client.error().detail);
  return follow(call, **client, task, id);
}

int run_task(const command_call& call, const node_task& task, const std::string& body, std::string_view refused_hint) {
  const auto client = call.client(listener::admin);
  if (!client)
    return complain_usage(call, client.error().detail);
  api_request start;
  start.method = "POST";
  start.target = task.collection;
  start.body = body;
  start.content_type = "application/json";
  const auto begun = (*client)->send(start);
  if (!begun)
    return complain(call, begun.error());
  if (!begun->ok())
    return complain(call, *begun,
                    begun->status == forbidden  ? refused_hint
                    : begun->status == conflict ? "the same again when that one has ended"
                                                : "");
  const auto row = nlohmann::json::parse(begun->body, nullptr, false);
  if (!row.is_object())
    return complain(call, unreadable());
  return follow(call, **client, task, row.value("id", std::string{}));
}

} // namespace weir::app
