#pragma once

#include "app/config_options.hpp"
#include "app/interpolation.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
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

/// A [[test]] of a file, not looked into yet.
struct file_test {
  nlohmann::json value;
  std::string where; ///< "name:line:column"
};

/// One table of a list of tables, like [[handler]], references resolved.
struct config_table {
  std::string name; ///< of the list: "handler"
  nlohmann::ordered_json value;
  std::map<std::string, std::string> places; ///< JSON pointer -> "name:line:column"; "" for the table
  std::map<std::string, std::string> keys;   ///< the same for the names of members

  /// Where a value stands, or the nearest thing around it.
  [[nodiscard]] std::string place(std::string pointer) const;
  /// Where the name of a member stands.
  [[nodiscard]] std::string place_of_name(const std::string& pointer) const;
};

struct file_content {
  std::vector<file_value> values;
  std::vector<file_test> tests;
  std::vector<config_table> handlers;   ///< [[handler]]
  std::vector<config_table> metrics;    ///< [[metric]]
  std::vector<config_problem> problems; ///< all of them
};

/// Reads TOML text. The only user of toml++.
/// @param name stands in front of every position.
[[nodiscard]] file_content read_config_text(std::string_view text, const std::string& name,
                                            const reference_sources& sources);

} // namespace weir::app
