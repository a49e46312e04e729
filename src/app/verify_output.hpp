#pragma once

#include <nlohmann/json_fwd.hpp>

#include <iosfwd>

namespace weir::app {

/// Prints what a verification found, the same from a stopped and from a
/// running node. @param report members as in the answer of the admin API.
/// @returns the exit code: 0 without findings, 1 with.
int show_verification(std::ostream& out, const nlohmann::json& report, bool as_json);

} // namespace weir::app
