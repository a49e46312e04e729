#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

/// What a backup is asked for and what it answers: docs/storage-format.md.
namespace weir::storage {

/// How far a backup or a restore is. Bytes of all steps together.
struct backup_progress {
  std::string_view step; ///< "copying", "checking", "finishing"; lives for ever
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

/// Told often, also without news. @returns false to stop: the answer is then
/// `errc::not_ready`, and the former backup is as it was.
using backup_watch = std::function<bool(const backup_progress&)>;

struct backup_request {
  std::filesystem::path directory; ///< empty or missing, or a backup of this store
  timestamp now{};
  std::string program; ///< version that writes it
  backup_watch watch;  ///< may be empty
};

/// What a directory holds after a backup, or what a check of it found.
struct backup_report {
  std::string store_id;    ///< 32 hex digits
  std::string incarnation; ///< 32 hex digits
  log_position floor = 0;  ///< the log begins here
  log_position head = 0;   ///< everything in front of it is in the backup
  timestamp taken_at{};
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t log_records = 0; ///< checked one by one

  std::uint64_t copied_files = 0; ///< of `files`: those the former backup did not have
  std::uint64_t copied_bytes = 0;
  std::uint64_t repaired_files = 0; ///< of `copied_files`: those that were damaged there
  std::uint64_t removed_files = 0;  ///< of the former backup, no longer needed
};

/// The folder that a caller over the network may name: `wanted` is taken
/// below `root` and must not lead out of it, links followed.
/// @returns `forbidden` when it does, or when there is no root.
[[nodiscard]] result<std::filesystem::path> allowed_backup_place(const std::filesystem::path& root,
                                                                 const std::string& wanted);

} // namespace weir::storage
