#pragma once

#include "app/config_options.hpp"
#include "app/interpolation.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// One thing that is wrong (or odd) in a configuration, and where.
struct config_problem {
  std::string where; ///< "weir.toml:3:7", "WEIR_HTTP__LISTEN", "--http.listen", or ""
  std::string what;
  bool warning = false;
  friend bool operator==(const config_problem&, const config_problem&) = default;
};

/// A value that a file gives to an option, references resolved.
struct file_value {
  const option_row* row = nullptr;
  raw_value value;
  std::string where; ///< "name:line:column"
};

struct file_content {
  std::vector<file_value> values;
  std::vector<config_problem> problems; ///< all of them
};

/// Reads TOML text. The only user of toml++.
/// @param name stands in front of every position.
[[nodiscard]] file_content read_config_text(std::string_view text, const std::string& name,
                                            const reference_sources& sources);

} // namespace weir::app
