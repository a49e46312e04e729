#pragma once

#include "app/command.hpp"
#include "app/config_loader.hpp"

#include <optional>
#include <string>

namespace weir::app {

/// The layers that a command line names.
[[nodiscard]] config_sources sources_of(const command_call& call);

/// Prints all problems and, for errors, the next step. @returns false for errors.
[[nodiscard]] bool report_problems(const command_call& call, const loaded_config& loaded, bool with_warnings);

struct store_folder {
  std::string path;
  std::string where_from; ///< for who finds no store there: who named the folder, and what to do
};

/// `--data`, or the folder of the configuration. @returns nothing after it complained.
[[nodiscard]] std::optional<store_folder> store_folder_of(const command_call& call);

} // namespace weir::app
