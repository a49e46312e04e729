#pragma once

#include "domain/result.hpp"
#include "storage/backup_manifest.hpp"

#include <filesystem>
#include <optional>

/// Which directories a backup may use.
namespace weir::storage {

/// @returns `bad_request` when the backup and the store lie in each other.
[[nodiscard]] status check_place(const std::filesystem::path& backup, const std::filesystem::path& store);

/// The backup that lies there; nothing when the directory is free for a first one.
/// @returns `state_conflict` when something else lies there: other files, a
///   backup of another store, or of this one before it was restored or gave
///   up data, which may be all that is left of what was lost.
[[nodiscard]] result<std::optional<backup_manifest>>
former_backup(const std::filesystem::path& backup, const store_uuid& store_id, const store_uuid& incarnation);

/// Whether the first path is the second or lies in it. Both absolute, without links.
[[nodiscard]] bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer);

/// Whether both are there and take the room of one file system.
[[nodiscard]] bool is_same_device(const std::filesystem::path& a, const std::filesystem::path& b);

} // namespace weir::storage
