#pragma once

#include "storage/log_format.hpp"
#include "storage/posix_file.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage {

inline constexpr std::uint32_t mark_format_version = 1;

/// How far the log was known to be durable: kept outside the log, so that a
/// log which ends earlier is seen to have lost something.
struct water_mark {
  store_uuid store_id{};
  log_position position = 0; ///< end of the last durable group
  std::uint64_t group = 0;   ///< its number
};

/// The file "high-water": two slots of 512 bytes, written in turn, so that a
/// torn write leaves the older one.
class high_water {
public:
  /// @returns nothing when there is no file; `storage_damaged` when there is
  ///   one and no slot of it can be read.
  [[nodiscard]] static result<std::optional<water_mark>> read(const std::filesystem::path& directory);

  /// What is wrong with either slot: both were written when the store was opened.
  /// May be called while somebody else advances the mark.
  [[nodiscard]] static result<std::vector<std::string>> check(const std::filesystem::path& directory,
                                                              const store_uuid& store_id);

  /// Opens or makes the file and writes the mark durably.
  [[nodiscard]] static result<high_water> open(const std::filesystem::path& directory, const water_mark& mark);

  /// Writes a newer mark; synced when the last sync is older than 100 ms.
  [[nodiscard]] status advance(const water_mark& mark);

  [[nodiscard]] status sync();

private:
  high_water(posix_file file, std::size_t slot) : file_(std::move(file)), slot_(slot) {}
  posix_file file_;
  std::size_t slot_;
  std::chrono::steady_clock::time_point synced_{};
};

} // namespace weir::storage
