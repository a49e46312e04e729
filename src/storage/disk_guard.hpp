#pragma once

#include "domain/result.hpp"
#include "storage/disk_state.hpp"

#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>

namespace weir::storage {

/// What the operator wants, and what the log takes at once.
struct disk_limits {
  std::uint64_t floor_bytes = std::uint64_t{512} << 20; ///< 0: no guard
  std::uint64_t floor_percent = 100;                    ///< of the file system; the smaller of both counts
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
};

/// Free space that the view may need for what it holds in memory, and what a
/// start needs: half of it.
constexpr std::uint64_t disk_reserve = std::uint64_t{64} << 20;

/// A segment that is begun while the disk is low takes no more than this.
constexpr std::size_t small_segment = std::size_t{4} << 20;

/// @param total bytes of the file system.
[[nodiscard]] disk_marks marks_for(const disk_limits& limits, std::uint64_t total);

/// The next state. Appends and commits come back at higher marks than those
/// at which they went, so that a disk at its edge does not flap.
[[nodiscard]] disk_state judge_disk(disk_state before, std::uint64_t free_bytes, const disk_marks& marks);

/// Watches the free space of one directory. Any thread.
class disk_guard {
public:
  disk_guard(std::filesystem::path directory, disk_limits limits);

  /// Asks the file system, unless that was done less than 10 ms ago.
  [[nodiscard]] result<disk_report> look();

private:
  const std::filesystem::path directory_;
  const disk_limits limits_;
  std::mutex mutex_;
  disk_report seen_;
  std::optional<std::chrono::steady_clock::time_point> looked_;
};

/// Why events are not taken, or nothing is written; for the caller's eyes.
[[nodiscard]] error disk_refusal(const disk_report& report);

} // namespace weir::storage
