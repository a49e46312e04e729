#pragma once

#include <string_view>
#include <utility>
#include <vector>

namespace weir::telemetry {

/// The figures named process_* of this program, read from /proc now. What
/// cannot be read is left out.
[[nodiscard]] std::vector<std::pair<std::string_view, double>> own_figures();

} // namespace weir::telemetry
