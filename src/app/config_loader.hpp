#pragma once

#include "app/config_file.hpp"
#include "app/fixture.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::app {

using name_and_text = std::pair<std::string, std::string>;

/// Where values may come from, weakest first: built-in < `base` < file <
/// conf.d < variables of the services before < environment < flags.
struct config_sources {
  std::vector<name_and_text> base;        ///< key -> text: what a command presets
  std::string base_name;                  ///< its name in origins, e.g. "weir dev"
  std::optional<std::string> file;        ///< --config: must be readable
  std::string default_file;               ///< read when it exists; "": none
  std::vector<name_and_text> environment; ///< all variables of this process
  std::vector<name_and_text> flags;       ///< key -> text of --section.key TEXT
};

inline constexpr auto system_config_file = "/etc/weir/weir.toml";

struct loaded_config {
  config value;
  std::map<std::string, std::string, std::less<>> origins; ///< key -> layer, only where not built in
  std::vector<std::string> files;                          ///< that were read, in order
  std::vector<fixture> tests;                              ///< [[test]], in the order of the files
  std::vector<config_problem> problems;                    ///< errors and warnings

  /// No errors; there may be warnings.
  [[nodiscard]] bool ok() const;
};

/// Reads all layers and checks everything; reports all problems at once.
[[nodiscard]] loaded_config load_config(const config_sources& sources);

/// The variables of this process.
[[nodiscard]] std::vector<name_and_text> process_environment();

/// "weir.toml:3:7: http.max_body: ...", without line break.
[[nodiscard]] std::string problem_text(const config_problem& problem);

} // namespace weir::app
