#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::app {

/// A setting that came under the name of a service that Weir replaces.
struct aliased_option {
  std::string variable; ///< e.g. "MAX_RETRIES"
  std::string key;      ///< e.g. "processing.max_attempts"
  std::string text;
};

/// A variable that cannot be understood: it may be meant for another program.
struct odd_variable {
  std::string variable;
  std::string why;
};

struct environment_aliases {
  std::vector<aliased_option> options;
  std::vector<odd_variable> odd;
};

/// PORT, LOG_LEVEL, MAX_RETRIES and MAX_QUEUE_SIZE (config/README.md).
/// @param listen the address whose port PORT replaces.
[[nodiscard]] environment_aliases read_aliases(const std::vector<std::pair<std::string, std::string>>& environment,
                                               std::string_view listen);

} // namespace weir::app
