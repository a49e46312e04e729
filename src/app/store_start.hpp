#pragma once

#include "storage/open_store.hpp"

#include <csignal>
#include <optional>

namespace weir::app {

/// Opens the store. On a disk without room it says so once and tries again
/// every two seconds: a start that failed would only be repeated by whoever
/// supervises the process.
/// @param signals blocked by the caller; one of them ends the waiting.
/// @returns nothing when a signal came.
[[nodiscard]] std::optional<result<storage::opened_store>> open_when_there_is_room(const storage::store_choice& choice,
                                                                                   const sigset_t& signals);

} // namespace weir::app
