#pragma once

#include "domain/handler_registry.hpp"
#include "domain/metrics/metric_rule.hpp"

#include <memory>
#include <vector>

namespace weir {

using metric_rules = std::shared_ptr<const std::vector<metric_rule>>;

/// Stage 2, beside the other handlers of an event: sends one sample to the
/// series' own job. It never fails and keeps no state, so that a metric cannot
/// hold up or bury the event that it counts.
class sample_handler : public handler {
public:
  explicit sample_handler(metric_rule rule);
  outcome handle(const event& ev, context& ctx) override;

private:
  metric_rule rule_;
};

/// Stage 3, in the series' job: keeps the figures in "metrics", tells clients
/// with "metric.updated", and hands on what anomaly detection shall judge.
/// Dead with "validation-failed" when the sample is wrong.
class metric_handler : public handler {
public:
  explicit metric_handler(metric_rules rules);
  outcome handle(const event& ev, context& ctx) override;

private:
  metric_rules rules_;
};

/// Stage 4, in a further job: compares each observation with the mean and the
/// deviation of those before it; what is too far away is kept in "anomalies"
/// and sent to the job "anomalies" as "anomaly.detected".
class anomaly_handler : public handler {
public:
  explicit anomaly_handler(metric_rules rules);
  outcome handle(const event& ev, context& ctx) override;

private:
  metric_rules rules_;
};

/// Nothing without rules; else one entry for each rule and one for each of the
/// two later stages.
/// @param rules as `parse_metric_rules` gives them.
[[nodiscard]] std::vector<handler_entry> metric_entries(const retry_policy& policy, std::vector<metric_rule> rules);

} // namespace weir
