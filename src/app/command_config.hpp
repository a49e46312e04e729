#pragma once

#include "app/command.hpp"
#include "app/config_loader.hpp"

namespace weir::app {

/// The layers that a command line names.
[[nodiscard]] config_sources sources_of(const command_call& call);

/// Prints all problems and, for errors, the next step. @returns false for errors.
[[nodiscard]] bool report_problems(const command_call& call, const loaded_config& loaded, bool with_warnings);

} // namespace weir::app
