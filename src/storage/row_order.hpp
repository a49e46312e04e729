#pragma once

#include "storage/row_arena.hpp"

#include <vector>

namespace weir::storage {

/// The rows of the arena by key, without those that were dropped. Keys of one kind share their front, and those of many
/// rows lie in no cache: what differs first is brought beside the pointer once, and decides most comparisons.
[[nodiscard]] std::vector<const kept_row*> in_order(const row_arena& rows);

} // namespace weir::storage
