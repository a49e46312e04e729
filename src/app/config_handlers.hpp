#pragma once

#include "app/config_file.hpp"
#include "app/handler_config.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The [[handler]] tables of configuration files.
namespace weir::app {

/// One member of a table, for checks and for documents.
struct handler_field {
  std::string_view name;
  std::string_view types; ///< that have it, separated by spaces; "" for all
  std::string_view kind;  ///< what a value looks like
  std::string_view doc;
};

[[nodiscard]] std::span<const handler_field> handler_fields();

/// Reads the tables in the order of the files; tells all problems at once.
[[nodiscard]] std::vector<handler_config> read_handlers(const std::vector<config_table>& tables,
                                                        std::vector<config_problem>& problems);

/// The tables as TOML, one [[handler]] each; secrets as ***.
[[nodiscard]] std::string handlers_toml(const std::vector<handler_config>& handlers, bool with_origin);
[[nodiscard]] nlohmann::ordered_json handlers_json(const std::vector<handler_config>& handlers, bool with_origin);

/// A commented [[handler]] for the example file.
[[nodiscard]] std::string handlers_example();
/// The JSON Schema of the list of tables.
[[nodiscard]] nlohmann::ordered_json handlers_schema();
/// The section of docs/configuration.md.
[[nodiscard]] std::string handlers_page();

} // namespace weir::app
