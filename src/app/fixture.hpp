#pragma once

#include "domain/event.hpp"
#include "domain/handler_registry.hpp"
#include "domain/result.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace weir::app {

/// A [[test]] of the configuration: events, and what handlers make of them.
struct fixture {
  using step = std::variant<event, std::chrono::milliseconds>; ///< an event comes in, or time goes by
  std::string name;
  std::string where; ///< "weir.toml:12:1"
  std::vector<step> given;
  nlohmann::json expected; ///< checked: an object with known members
};

/// Reads {"name", "given": [{"job","type","data"?, ..} | {"advance": "10m"}], "expect": {..}}.
/// An event is what `POST /api/v1/events` takes, with "job" for "jobId".
/// @returns `errc::bad_config` with the test's name and the pointer of what is wrong.
[[nodiscard]] result<fixture> parse_fixture(const nlohmann::json& text, std::string where = {});

/// Runs a fixture in a world of its own. Handlers in other processes skip
/// their events. @returns one sentence for each expectation that is not met.
[[nodiscard]] std::vector<std::string> run_fixture(const fixture& what,
                                                   const std::shared_ptr<const handler_registry>& handlers);

} // namespace weir::app
