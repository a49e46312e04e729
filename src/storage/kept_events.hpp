#pragma once

#include "storage/log_format.hpp"
#include "storage/posix_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage {

inline constexpr std::uint32_t kept_format_version = 1;

/// One event that outlived its segment.
struct kept_event {
  bool finished = false;    ///< its commit is in front of the log: only an open dead letter needs it
  std::uint64_t offset = 0; ///< of its record in the file
  std::uint64_t bytes = 0;  ///< of the record, padding included
};

/// What retention kept of one dropped segment: the events that wait, that
/// are dead letters, or whose entry is still in the history. Never changed;
/// replaced as a whole. Described in docs/storage-format.md.
class kept_file {
public:
  /// Checks every byte. @returns `storage_damaged`, `unsupported` for a newer format.
  [[nodiscard]] static result<kept_file> read(const std::filesystem::path& path, const store_uuid& store_id);

  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return path_;
  }
  [[nodiscard]] log_position start() const noexcept {
    return start_;
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept {
    return bytes_;
  }
  /// By position, ascending.
  [[nodiscard]] const std::map<log_position, kept_event>& events() const noexcept {
    return events_;
  }

private:
  std::filesystem::path path_;
  log_position start_ = 0;
  std::uint64_t bytes_ = 0;
  std::map<log_position, kept_event> events_;
};

/// An event on its way into a kept file.
struct event_to_keep {
  log_position position = 0;
  bool finished = false;
  std::string record; ///< as `encode_record` made it
};

/// "00000000000000000128.kept" for the segment that began at 128.
[[nodiscard]] std::filesystem::path kept_name(log_position start);

/// Writes, syncs, and only then gives the file its name.
/// @param events ascending.
[[nodiscard]] status write_kept(const std::filesystem::path& log_directory, const store_uuid& store_id,
                                log_position start, const std::vector<event_to_keep>& events);

/// Paths of all kept files, ascending.
[[nodiscard]] result<std::vector<std::filesystem::path>> list_kept(const std::filesystem::path& log_directory);

} // namespace weir::storage
