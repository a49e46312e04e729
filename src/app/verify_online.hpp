#pragma once

#include "app/command.hpp"

#include <string>

namespace weir::app {

/// Has the node at the call's admin address verify its store, waits for the
/// end and prints what was found. Ctrl-C ends the waiting, not the verification.
int verify_online(const command_call& call);

/// The admin address that the node with this data folder published.
/// @returns `not_found` when there is none.
[[nodiscard]] result<std::string> published_admin_url(const std::string& data_dir);

} // namespace weir::app
