#pragma once

#include "storage/store.hpp"

#include <nlohmann/json_fwd.hpp>

namespace weir::actors {

/// Counts and findings, under the names of the admin API and of `weir verify --json`.
[[nodiscard]] nlohmann::json to_json(const storage::verify_report& report);

} // namespace weir::actors
