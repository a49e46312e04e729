#pragma once

#include "app/command.hpp"

#include <string>
#include <vector>

namespace weir::app {

/// All commands, in the order of the help.
[[nodiscard]] std::vector<command_spec> all_commands();

/// Runs one command line without the program's name. @returns the exit code.
int run_cli(std::vector<std::string> args, const surroundings& around);

/// The same for `main`: this process's streams, variables and signals.
int run_cli(int argc, char** argv, const hooks& what);

} // namespace weir::app
