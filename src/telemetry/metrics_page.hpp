#pragma once

#include <string>

namespace weir::telemetry {

/// The reference page docs/metrics.md, made from `metric_table()`.
[[nodiscard]] std::string metrics_page();

} // namespace weir::telemetry
