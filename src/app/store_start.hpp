#pragma once

#include "storage/open_store.hpp"

#include <csignal>
#include <functional>
#include <optional>

namespace weir::app {

/// @returns `state_conflict` with the process that has the store open.
[[nodiscard]] status nobody_has(const storage::store_choice& choice);

/// Opens the store. On a disk without room it says so once and tries again
/// every two seconds: a start that failed would only be repeated by whoever
/// supervises the process.
/// @param signals blocked by the caller; one of them ends the waiting, and
///   the replay of the log.
/// @param waits called once when it has to wait.
/// @returns nothing when a signal came.
[[nodiscard]] std::optional<result<storage::opened_store>>
open_when_there_is_room(storage::store_choice choice, const sigset_t& signals, const std::function<void()>& waits);

} // namespace weir::app
