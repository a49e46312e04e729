#pragma once

#include <string>

namespace weir::app {

/// One [[metric]] table, checked.
struct metric_config {
  std::string rule;  ///< the table as JSON text, as `parse_metric_rules` takes it
  std::string where; ///< "weir.toml:3:1"
};

} // namespace weir::app
