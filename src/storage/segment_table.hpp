#pragma once

#include "storage/kept_events.hpp"
#include "storage/log_format.hpp"
#include "storage/posix_file.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace weir::storage {

/// One file of the log.
struct segment_file {
  segment_header header;
  std::filesystem::path path;
};

/// The header of a segment, whatever its name. @returns `storage_damaged` with its path.
[[nodiscard]] result<segment_header> read_segment_header(const std::filesystem::path& path);

/// "00000000000000000128.log" for position 128.
[[nodiscard]] std::filesystem::path segment_name(log_position start);

/// Files of a folder that are named like segments, ascending.
struct segment_listing {
  std::vector<segment_file> sound;               ///< up to the first that is not
  std::vector<std::filesystem::path> unreadable; ///< that one, and all behind it
  std::string why;                               ///< what is wrong with it
  std::vector<segment_file> behind;              ///< those of `unreadable` that could be read
};

/// Reads all headers. @returns `unsupported` for a newer format.
[[nodiscard]] result<segment_listing> list_segments(const std::filesystem::path& log_directory);

/// Where a position lies on disk.
struct segment_place {
  std::shared_ptr<const posix_file> file;
  std::uint64_t offset = 0; ///< of the position in the file
};

/// The segments of an open log, and the events kept of dropped ones. Any thread.
class segment_table {
public:
  explicit segment_table(std::vector<segment_file> segments);

  void add(segment_file segment);

  /// Opens the file of a position, or takes it from a few kept open. In front
  /// of the first segment: the place of a kept event.
  /// @returns `storage_damaged` when no segment covers the position,
  ///   `history_trimmed` when retention dropped it.
  [[nodiscard]] result<segment_place> find(log_position position) const;

  /// The segment that covers the position, and the one behind it.
  [[nodiscard]] std::optional<segment_file> covering(log_position position) const;
  [[nodiscard]] std::optional<segment_file> next_after(log_position start) const;

  [[nodiscard]] std::size_t count() const;

  // -- retention ------------------------------------------------------------------
  /// Where the log begins: everything in front was dropped, or kept singly.
  [[nodiscard]] log_position floor() const;
  [[nodiscard]] std::vector<segment_file> list() const;
  /// Takes or replaces the events kept of one segment.
  void keep(std::shared_ptr<const kept_file> events);
  void forget_kept(log_position start);
  /// Forgets the segments in front of `floor`, which is the start of one.
  void drop_before(log_position floor);
  [[nodiscard]] std::vector<std::shared_ptr<const kept_file>> kept() const;
  /// Whether the record at this position was dropped and not kept.
  [[nodiscard]] bool is_dropped(log_position position) const;

private:
  struct opened_file {
    std::shared_ptr<const posix_file> file;
    std::uint64_t used = 0;
  };
  [[nodiscard]] const kept_event* kept_at(log_position position) const;
  [[nodiscard]] result<std::shared_ptr<const posix_file>> opened(const std::filesystem::path& path) const;

  mutable std::mutex guard_;
  std::map<log_position, segment_file> segments_;
  std::map<log_position, std::shared_ptr<const kept_file>> kept_; ///< by start of the segment they are of
  mutable std::map<std::filesystem::path, opened_file> open_;
  mutable std::uint64_t uses_ = 0;
};

} // namespace weir::storage
