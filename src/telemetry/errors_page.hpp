#pragma once

#include <string>

namespace weir::telemetry {

/// The reference page docs/errors.md, made from `problem_table()`.
[[nodiscard]] std::string errors_page();

} // namespace weir::telemetry
