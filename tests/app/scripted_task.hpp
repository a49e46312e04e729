#pragma once

#include "app/cli_fixture.hpp"
#include "app/scripted_server.hpp"

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace weir::app::test {

/// A node with one long task that needs three looks to be done.
struct scripted_task {
  std::string last;     ///< the row at the end
  std::string progress; ///< the row until then
  scripted_reply first{202, R"({"id":"t1","state":"running"})"};
  std::atomic<int> looks{0};
  scripted_http http{[this](const scripted_request& request) -> scripted_reply {
    if (request.method() == http::verb::post)
      return first;
    if (++looks < 3)
      return {200, progress};
    return {200, last};
  }};

  scripted_task(std::string at_the_end, std::string before)
      : last(std::move(at_the_end)), progress(std::move(before)) {}

  /// Runs `weir LINE.. --admin-url NODE MORE..`.
  cli_run run(std::vector<std::string> line, const std::vector<std::string>& more = {}) {
    cli_world world;
    world.environment = {{"WEIR_TOKEN", "secret"}};
    line.insert(line.end(), {"--admin-url", http.url()});
    line.insert(line.end(), more.begin(), more.end());
    return world.run(line);
  }
};

} // namespace weir::app::test
