#pragma once

#include "app/command.hpp"

#include <string>
#include <vector>

namespace weir::app {

/// The options that every command takes.
[[nodiscard]] const std::vector<argument_spec>& global_options();

/// Puts them, or the variables in their place, into the call.
void apply_globals(const arguments& globals, command_call& call);

/// Whether this command line is of a command that reads the configuration.
[[nodiscard]] bool takes_config_flags(const std::vector<std::string>& args);

/// Takes --section.key TEXT and --section.key=TEXT out of the command line.
[[nodiscard]] std::vector<name_and_text> take_config_flags(std::vector<std::string>& args);

} // namespace weir::app
