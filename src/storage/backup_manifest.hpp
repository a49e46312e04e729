#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "storage/log_format.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage {

inline constexpr std::uint32_t backup_format_version = 1;

/// Name of the manifest in a backup.
inline constexpr std::string_view manifest_name = "backup.json";

/// One file of a backup. Never changed under its name: what may change in
/// the store has its length or its hash in the name.
struct backup_file {
  std::string path;     ///< in the backup, "log/<start>-<end>.log"
  std::string original; ///< in the store, "log/<start>.log"
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0; ///< XXH3, 64 bits, seed 0
};

/// What a backup consists of. Written last: what it does not name does not count.
struct backup_manifest {
  bool complete = false; ///< false: the first backup into this directory was never finished
  store_uuid store_id{};
  store_uuid incarnation{};
  log_position floor = 0;
  log_position head = 0;
  std::uint64_t last_group = 0; ///< number of the last group in front of `head`
  std::uint64_t log_records = 0;
  timestamp taken_at{};
  std::string program; ///< version that wrote it
  std::vector<backup_file> files;

  [[nodiscard]] const backup_file* find(const std::string& path) const;
  [[nodiscard]] std::uint64_t bytes() const;
};

[[nodiscard]] std::string encode_manifest(const backup_manifest& manifest);

/// @returns `unsupported` for a newer format; `storage_damaged` when it cannot
///   be read or names files outside of the backup.
[[nodiscard]] result<backup_manifest> decode_manifest(std::string_view text);

/// Writes it durably in place of the former.
[[nodiscard]] status write_manifest(const std::filesystem::path& directory, const backup_manifest& manifest);

/// @returns nothing when there is none.
[[nodiscard]] result<std::optional<backup_manifest>> read_manifest(const std::filesystem::path& directory);

} // namespace weir::storage
