#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::app {

/// What a [[handler]] says about trying again; the rest is as it was.
struct retry_overrides {
  std::optional<std::uint64_t> max_attempts;
  std::optional<std::chrono::milliseconds> base;
  std::optional<double> factor;
  std::optional<std::chrono::milliseconds> max;
  std::string jitter; ///< "none", "equal", "full", or "" when not given
  std::vector<std::chrono::milliseconds> schedule;
};

/// One [[handler]] table, checked.
struct handler_config {
  std::string name;
  std::string type; ///< "builtin", "worker", "http", "rule"
  bool enabled = true;
  std::string description;
  std::string on; ///< JSON text of a list; "" when not given
  std::string url;
  std::vector<std::string> secrets; ///< whsec_..., the new one first
  std::uint64_t concurrency = 8;
  std::optional<std::chrono::milliseconds> timeout;
  std::optional<std::chrono::milliseconds> soft_timeout;
  retry_overrides retry;
  std::string on_exhausted; ///< "dead_letter", "park", or "" when not given
  std::string rule;         ///< rule only: the table as JSON text, without what is above
  std::string shown;        ///< the whole table as JSON text, secrets as ***
  std::string where;        ///< "weir.toml:3:1"
};

} // namespace weir::app
