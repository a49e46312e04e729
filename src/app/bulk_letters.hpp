#pragma once

#include "app/command.hpp"

#include <string>
#include <vector>

namespace weir::app {

/// The options that say which dead letters are meant.
[[nodiscard]] const std::vector<argument_spec>& letter_filters();

/// Options that are parameters of the same name.
[[nodiscard]] const std::vector<std::string>& letter_filter_names();

/// "#####-----  50 %  12 of 24, 1 failed", for one line of a terminal.
[[nodiscard]] std::string operation_line(std::uint64_t done, std::uint64_t total, std::uint64_t failed);

/// Waits for the end of an operation, with a line of progress on a terminal,
/// and tells what became of it. Ctrl-C leaves it running. @returns the exit
/// code: 0 when all of it is done.
int await_operation(const command_call& call, const std::string& id);

/// `dlq replay` and `dlq discard`.
[[nodiscard]] std::vector<command_spec> bulk_commands();

} // namespace weir::app
