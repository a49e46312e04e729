#pragma once

#include "app/config_file.hpp"
#include "app/metric_config.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

/// The [[metric]] tables of configuration files.
namespace weir::app {

/// Reads the tables in the order of the files; tells all problems at once.
[[nodiscard]] std::vector<metric_config> read_metrics(const std::vector<config_table>& tables,
                                                      std::vector<config_problem>& problems);

/// The tables as TOML, one [[metric]] each.
[[nodiscard]] std::string metrics_toml(const std::vector<metric_config>& metrics, bool with_origin);
[[nodiscard]] nlohmann::ordered_json metrics_json(const std::vector<metric_config>& metrics, bool with_origin);

/// A commented [[metric]] for the example file.
[[nodiscard]] std::string metrics_example();
/// The JSON Schema of the list of tables.
[[nodiscard]] nlohmann::ordered_json metrics_schema();
/// The section of docs/configuration.md.
[[nodiscard]] std::string metrics_page();

} // namespace weir::app
