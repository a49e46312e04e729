#pragma once

#include "domain/metrics/metric_rule.hpp"
#include "domain/metrics/metric_series.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

/// Which series of a metric an event belongs to: its values of those
/// dimensions by which the rule divides.
struct metric_labels {
  std::optional<std::string> source;
  std::optional<std::string> type;
  std::optional<std::string> job;
  friend bool operator==(const metric_labels&, const metric_labels&) = default;
};

[[nodiscard]] metric_labels labels_of(const metric_rule& rule, const event& ev);

/// Only the labels that there are.
[[nodiscard]] json to_json(const metric_labels& labels);

/// The name of a series, at most 240 bytes: key of its record and end of the
/// names of its jobs. Unlike labels give unlike names.
[[nodiscard]] std::string series_name(const std::string& rule, const metric_labels& labels);

[[nodiscard]] job_id metric_job(const std::string& series);  ///< calculates
[[nodiscard]] job_id anomaly_job(const std::string& series); ///< detects
/// Where clients hear of the anomalies of all series.
inline constexpr std::string_view anomalies_job = "anomalies";

/// What one event contributes to one metric.
struct metric_sample {
  std::string rule;
  metric_labels labels;
  timestamp time{};
  std::optional<double> value; ///< nothing: the event has no such number
  std::string found;           ///< then: what stands there instead
  friend bool operator==(const metric_sample&, const metric_sample&) = default;
};

[[nodiscard]] json to_json(const metric_sample& sample);
/// @returns `errc::validation_failed` with the pointer of what is wrong.
[[nodiscard]] result<metric_sample> read_sample(const event& ev);

/// What metric calculation hands to anomaly detection.
struct metric_observations {
  std::string rule;
  metric_labels labels;
  std::vector<observation> values;
  friend bool operator==(const metric_observations&, const metric_observations&) = default;
};

[[nodiscard]] json to_json(const metric_observations& observed);
/// @returns `errc::validation_failed` with the pointer of what is wrong.
[[nodiscard]] result<metric_observations> read_observations(const event& ev);

} // namespace weir
