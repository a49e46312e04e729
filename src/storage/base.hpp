#pragma once

#include "storage/view.hpp"
#include "storage/view_rows.hpp"

#include <filesystem>
#include <optional>

/// A base stands for the part of the log that retention dropped: a copy of
/// the view, made when everything in front of its floor was still there. A
/// view that is lost begins from it. Described in docs/storage-format.md.
namespace weir::storage {

struct base_directory {
  log_position floor = 0; ///< the log begins here, or in front
  std::filesystem::path path;
};

/// The one with the highest floor.
[[nodiscard]] result<std::optional<base_directory>> newest_base(const std::filesystem::path& root);

/// Copies the view as it is now. The copy counts once `publish_base` named it.
/// @returns where it is, without a name yet.
[[nodiscard]] result<std::filesystem::path> draft_base(const std::filesystem::path& root, const view& rows);
[[nodiscard]] status publish_base(const std::filesystem::path& root, log_position floor);

/// Removes all bases but this one, and what an interrupted copy left.
[[nodiscard]] status remove_other_bases(const std::filesystem::path& root, log_position floor);

/// Makes a view directory out of a base. Files that never change are linked.
/// @param to must not exist.
[[nodiscard]] status copy_base(const base_directory& from, const std::filesystem::path& to);

/// What a base, or a view that nobody has open, covers.
/// @returns `storage_damaged`; `unsupported` when a newer program wrote it.
[[nodiscard]] result<meta_row> meta_of(const std::filesystem::path& directory);
/// The same of one that is open.
[[nodiscard]] result<meta_row> meta_of(const view& rows, const std::filesystem::path& directory);

} // namespace weir::storage
