#pragma once

#include "storage/log_format.hpp"
#include "storage/posix_file.hpp"
#include "storage/segment_table.hpp"

#include <filesystem>
#include <memory>

namespace weir::storage {

struct log_writer_options {
  std::filesystem::path directory; ///< of the segments
  std::size_t segment_bytes = std::size_t{64} << 20;
  bool sync = true;
};

/// What all further segments have in common, and where the log goes on.
struct log_tail {
  store_uuid store_id{};
  store_uuid incarnation{};
  log_position end = first_log_position;          ///< where the next group goes
  log_position previous_end = first_log_position; ///< differs only before the first segment after lost data
  std::uint64_t next_group = 1;
};

/// Appends groups to the last segment. One thread.
class log_writer {
public:
  /// Opens the last segment of the table, or makes one when there is none or
  /// when the tail lies outside of it.
  [[nodiscard]] static result<std::unique_ptr<log_writer>> open(log_writer_options opts, const log_tail& tail,
                                                                std::shared_ptr<segment_table> segments, timestamp now);

  [[nodiscard]] const log_tail& tail() const noexcept {
    return tail_;
  }

  /// Writes one group with one system call and syncs it. The group must have
  /// been built for `tail().end` and `tail().next_group`.
  /// @returns `disk_full` when there is no room: nothing was written.
  [[nodiscard]] status append(std::string_view group, timestamp now);

  /// How large further segments are made.
  void begin_segments_of(std::size_t bytes) noexcept {
    opts_.segment_bytes = bytes;
  }

  /// Makes everything durable; only needed when `append` does not.
  [[nodiscard]] status sync() const {
    return file_.sync();
  }

private:
  log_writer(log_writer_options opts, const log_tail& tail, std::shared_ptr<segment_table> segments)
      : opts_(std::move(opts)), tail_(tail), segments_(std::move(segments)) {}
  [[nodiscard]] status begin_segment(std::size_t group_bytes, timestamp now);
  [[nodiscard]] status sync_group() const;

  log_writer_options opts_;
  log_tail tail_;
  std::shared_ptr<segment_table> segments_;
  posix_file file_;
  log_position start_ = 0;
  std::uint64_t capacity_ = 0; ///< bytes of the file
};

} // namespace weir::storage
