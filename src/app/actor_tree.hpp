#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace weir::app {

/// The tree of actors as people see it: one actor a line, with its state,
/// cursor, mailbox and restarts.
/// @param root the answer of /admin/api/v1/actors/tree.
[[nodiscard]] std::string draw_tree(const nlohmann::ordered_json& root);

} // namespace weir::app
