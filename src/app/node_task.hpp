#pragma once

#include "app/command.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace weir::app {

/// Something that a node does for longer than a request takes: a POST to its
/// collection begins it, its row has a "state" that is "running" until the end.
struct node_task {
  std::string collection; ///< "/admin/api/v1/backups"
  std::string stop_with;  ///< the command that ends it, "" when there is none; the id is added
  /// How far it is, for one line of a terminal.
  std::function<std::string(const nlohmann::json& row)> line;
  /// What is said and answered at the end.
  std::function<int(const api_response& answer, const nlohmann::json& row)> ended;
};

/// Whether a line of progress is shown: on a terminal, where a table is asked for.
[[nodiscard]] bool shows_progress(const command_call& call);

/// Waits for the end of a task. Ctrl-C ends the waiting, not the task.
/// @returns what `ended` answers, or the exit code of what was in the way.
int await_task(const command_call& call, const node_task& task, const std::string& id);

/// Begins a task at the call's admin address and waits for its end.
/// @param refused_hint for 403, where something must be allowed first.
int run_task(const command_call& call, const node_task& task, const std::string& body,
             std::string_view refused_hint = {});

} // namespace weir::app
