#pragma once

#include "storage/segment_table.hpp"
#include "storage/view.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace weir::storage {

/// Which rows of the view are about records that retention dropped. The id of
/// an event stays as long as it recognises duplicates.
[[nodiscard]] view::garbage_test dropped_rows(std::shared_ptr<const segment_table> segments,
                                              std::chrono::hours dedupe_window, std::function<timestamp()> now);

} // namespace weir::storage
