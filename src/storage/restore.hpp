#pragma once

#include "storage/backup_report.hpp"
#include "storage/embedded_store.hpp"

#include <array>
#include <filesystem>

namespace weir::storage {

struct restore_request {
  std::filesystem::path backup;
  std::filesystem::path target; ///< empty or missing
  timestamp now{};
  std::array<std::uint8_t, 16> random{}; ///< becomes the new incarnation
  backup_watch watch;                    ///< may be empty
};

struct restore_report {
  backup_report from;
  std::string incarnation; ///< the new one, 32 hex digits
  recovery_report store;   ///< what its first start found
};

/// Checks the whole backup, copies it, and gives the store a new incarnation,
/// so that the epochs of all streams are new. The store is opened once, which
/// builds its view, and closed again. A restore cut off before that leaves a
/// directory that no program opens as a store, and that is not restored into.
/// @returns `storage_damaged` naming the file, `not_found` and
///   `state_conflict` as `complete_manifest`; `state_conflict` also for a
///   target that is not empty, `bad_request` for one inside of the backup,
///   `disk_full`.
[[nodiscard]] result<restore_report> restore_store(const restore_request& wanted);

} // namespace weir::storage
