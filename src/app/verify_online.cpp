#include "app/verify_online.hpp"

#include "app/backup_output.hpp"
#include "app/endpoints_file.hpp"
#include "app/node_task.hpp"
#include "app/verify_output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

namespace weir::app {

int verify_online(const command_call& call) {
  const auto line = [](const nlohmann::json& row) {
    return step_line("verifying", row.value("doneBytes", std::uint64_t{0}), row.value("totalBytes", std::uint64_t{0}));
  };
  const auto ended = [&](const api_response&, const nlohmann::json& row) {
    if (row.value("state", std::string{}) != "done")
      return complain(call, fail(errc::internal, row.value("detail", std::string{"it failed"})));
    return show_verification(call.around.out, row, !call.is_table());
  };
  return run_task(call, {"/admin/api/v1/verifications", "", line, ended}, "{}");
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
