#pragma once

#include "app/config_loader.hpp"

#include <string>

/// Texts made from the table of options.
namespace weir::app {

/// config/weir.example.toml: every option with its sentence, commented out.
[[nodiscard]] std::string example_file();

/// What is in force, as TOML. Secrets print as ***.
/// @param with_origin adds where each value comes from.
[[nodiscard]] std::string effective_toml(const loaded_config& loaded, bool with_origin);
/// The same as one JSON object; with origins: key -> {"value","origin"}.
[[nodiscard]] std::string effective_json(const loaded_config& loaded, bool with_origin);

/// One variable a line, with its default.
[[nodiscard]] std::string environment_list();

/// JSON Schema 2020-12 of the file.
[[nodiscard]] std::string json_schema();

/// docs/configuration.md.
[[nodiscard]] std::string reference_page();

} // namespace weir::app
