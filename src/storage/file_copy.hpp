#pragma once

#include "storage/posix_file.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

/// Copies that are read again: for backups.
namespace weir::storage {

/// Told the bytes done since the last call. @returns false to stop.
using byte_watch = std::function<bool(std::uint64_t)>;

/// XXH3 (64 bits, seed 0) of a file that must be that long. Reads from the
/// disk where the system lets go of what it remembers.
/// @returns `storage_damaged` when it is shorter or longer, `not_ready` when
///   it was stopped.
[[nodiscard]] result<std::uint64_t> hash_file(const std::filesystem::path& path, std::uint64_t bytes,
                                              const byte_watch& watch);

/// Copies the first `bytes`, synced, and only then gives the copy its name.
/// @returns the hash of what was read, as `hash_file` gives it.
[[nodiscard]] result<std::uint64_t> copy_front(const std::filesystem::path& from, std::uint64_t bytes,
                                               const std::filesystem::path& to, const byte_watch& watch);

/// The answer to a watch that said stop.
[[nodiscard]] error stopped_early();

} // namespace weir::storage
