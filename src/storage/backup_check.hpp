#pragma once

#include "storage/backup_manifest.hpp"
#include "storage/backup_report.hpp"
#include "storage/file_copy.hpp"
#include "storage/segment_table.hpp"

#include <filesystem>
#include <string>
#include <vector>

/// Whether a backup is what its manifest says, read from the disk.
namespace weir::storage {

/// The segments of a backup with their headers, ascending.
[[nodiscard]] result<std::vector<segment_file>> segments_of(const std::filesystem::path& directory,
                                                            const backup_manifest& manifest);

/// The directory in a backup, or in what was restored from it, that stands
/// for the dropped front of the log; "" when nothing was dropped.
[[nodiscard]] std::string base_of(const backup_manifest& manifest);

/// What the log of a backup holds.
struct log_contents {
  std::uint64_t records = 0;
  std::uint64_t last_group = 0;
};

/// Bytes of the log that `check_contents` reads, for its progress.
[[nodiscard]] std::uint64_t log_bytes_of(const backup_manifest& manifest);

/// Reads every record of the log, every kept event, and what the base covers.
/// @returns `storage_damaged` naming file and position.
[[nodiscard]] result<log_contents> check_contents(const std::filesystem::path& directory,
                                                  const backup_manifest& manifest, const byte_watch& watch);

/// The manifest of a complete backup. @returns `not_found` when there is
/// none, `state_conflict` when the first backup there was never finished.
[[nodiscard]] result<backup_manifest> complete_manifest(const std::filesystem::path& directory);

/// All of it: the hash of every file, then the contents.
[[nodiscard]] result<backup_report> check_backup(const std::filesystem::path& directory, const backup_watch& watch);

/// What the manifest says, as a report.
[[nodiscard]] backup_report report_of(const backup_manifest& manifest);

} // namespace weir::storage
