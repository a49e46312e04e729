#pragma once

#include "app/command.hpp"

#include <string>

namespace weir::app {

/// The JSON value in a file, or on stdin for "-".
/// @returns `bad_request` when it cannot be read or is not JSON.
[[nodiscard]] result<std::string> read_patch_file(const command_call& call, const std::string& path);

} // namespace weir::app
