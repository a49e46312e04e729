#pragma once

#include "domain/result.hpp"

#include <filesystem>

namespace weir::storage {

/// Reads every block of one of RocksDB's tables and checks it.
/// @returns `storage_damaged` with RocksDB's own words.
[[nodiscard]] status check_table(const std::filesystem::path& path);

} // namespace weir::storage
