#pragma once

#include "domain/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Small files that are read and written as a whole, and what lies in a directory.
namespace weir::storage {

/// A file in the making, beside the one that it becomes.
inline constexpr std::string_view file_draft = "next-file";

/// All bytes of a file that must exist.
[[nodiscard]] result<std::string> read_whole(const std::filesystem::path& path);

/// Writes a file as a whole: synced under `file_draft`, then named.
[[nodiscard]] status write_whole(const std::filesystem::path& to, std::string_view bytes);

/// Paths in a directory, ascending.
[[nodiscard]] result<std::vector<std::filesystem::path>> list_directory(const std::filesystem::path& directory);

} // namespace weir::storage
