#include "app/verify_online.hpp"

#include "app/endpoints_file.hpp"
#include "app/interrupt.hpp"
#include "app/verify_output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <ostream>

namespace weir::app {

namespace {

constexpr std::chrono::milliseconds poll_every{200};
const auto target = std::string{"/admin/api/v1/verifications"};

void show_progress(const command_call& call, const nlohmann::json& row) {
  const auto total = row.value("totalBytes", std::uint64_t{0});
  if (call.is_table() && call.around.err_is_terminal && total > 0)
    call.around.err << fmt::format("\rverifying {:3d} %", row.value("doneBytes", std::uint64_t{0}) * 100 / total)
                    << std::flush;
}

/// The row once it is no longer running, or the answer that is in the way.
result<api_response> await_end(const command_call& call, api_client& client, const std::string& id) {
  api_request look;
  look.target = target + "/" + url_encode(id);
  for (;;) {
    auto answer = client.send(look);
    if (!answer || !answer->ok())
      return answer;
    const auto row = nlohmann::json::parse(answer->body, nullptr, false);
    if (row.is_discarded() || row.value("state", std::string{}) != "running")
      return answer;
    show_progress(call, row);
    if (!wait_for(poll_every, call.around.interrupted))
      return fail(errc::timed_out, "interrupted");
  }
}

} // namespace

int verify_online(const command_call& call) {
  auto client = call.client(listener::admin);
  if (!client)
    return complain_usage(call, client.error().detail);
  api_request start;
  start.method = "POST";
  start.target = target;
  start.body = "{}";
  start.content_type = "application/json";
  const auto started = (*client)->send(start);
  if (!started)
    return complain(call, started.error());
  if (!started->ok())
    return complain(call, *started, started->status == 409 ? "the same again when that one has ended" : "");
  const auto id = nlohmann::json::parse(started->body, nullptr, false).value("id", std::string{});
  const auto ended = await_end(call, **client, id);
  if (call.is_table() && call.around.err_is_terminal)
    call.around.err << "\r                 \r";
  if (!ended)
    return complain(call, ended.error());
  if (!ended->ok())
    return complain(call, *ended);
  const auto row = nlohmann::json::parse(ended->body, nullptr, false);
  if (row.is_discarded() || row.value("state", std::string{}) != "done")
    return complain(call, fail(errc::internal, row.is_discarded() ? "the node's answer cannot be read"
                                                                  : row.value("detail", std::string{"it failed"})));
  return show_verification(call.around.out, row, !call.is_table());
}

result<std::string> published_admin_url(const std::string& data_dir) {
  const auto path = std::filesystem::path{data_dir} / endpoints_file;
  std::ifstream file{path};
  const auto found = nlohmann::json::parse(file, nullptr, false);
  if (found.is_discarded() || !found.is_object() || !found.contains("admin") || !found["admin"].is_string())
    return fail(errc::not_found, fmt::format("{} does not say where the node is", path.string()));
  return found["admin"].get<std::string>();
}

} // namespace weir::app
