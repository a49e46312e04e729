#pragma once

#include "domain/handler.hpp"
#include "domain/handler_registry.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// One metric: which events it counts and what it makes of them.
struct metric_rule {
  enum class kind : std::uint8_t {
    counter, ///< how many events there were
    sum,     ///< the sum of one number of each
    window,  ///< count, sum, mean, deviation and bounds of that number over the last `window`
  };
  std::string name; ///< `is_valid_name`, at most 48 letters, unique
  type_pattern type{"*"};
  type_pattern source{"*"};
  kind what = kind::counter;
  std::string value; ///< JSON pointer to the number; sum and window
  bool by_source = false;
  bool by_type = false;
  bool by_job = false; ///< a series of its own for each job
  /// window: how far it reaches back. counter, sum: the period whose amount is
  /// watched for anomalies; 0 for none.
  std::chrono::milliseconds window{0};
  /// Deviations from the mean beyond which a value is an anomaly.
  std::optional<double> threshold;
  std::uint32_t history = 100;    ///< how many earlier values make the mean
  std::uint32_t min_samples = 10; ///< with fewer of them nothing is an anomaly
  double min_deviation = 0;       ///< smaller deviations count as this one
};

/// The public name: "counter", "sum" or "window".
[[nodiscard]] std::string_view to_string(metric_rule::kind kind) noexcept;

/// Rules as the configuration hands them over: an array of objects, see
/// README.md. @returns `errc::bad_config` with the pointer of what is wrong.
[[nodiscard]] result<std::vector<metric_rule>> parse_metric_rules(const json& rules);

/// Whether this pack makes events of this type; no metric counts them.
[[nodiscard]] bool is_metric_type(std::string_view type) noexcept;

inline constexpr std::string_view sample_type = "metric.sample";     ///< to metric calculation
inline constexpr std::string_view updated_type = "metric.updated";   ///< for clients
inline constexpr std::string_view observed_type = "metric.observed"; ///< to anomaly detection
inline constexpr std::string_view anomaly_type = "anomaly.detected"; ///< for clients

} // namespace weir
