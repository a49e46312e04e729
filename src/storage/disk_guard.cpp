#include "storage/disk_guard.hpp"

#include "storage/posix_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

namespace {

constexpr std::chrono::milliseconds look_every{10};

std::uint64_t mebibytes(std::uint64_t bytes) {
  return bytes >> 20;
}

} // namespace

const char* to_word(disk_state state) {
  switch (state) {
  case disk_state::ok:
    return "ok";
  case disk_state::low:
    return "low";
  case disk_state::exhausted:
    break;
  }
  return "exhausted";
}

disk_marks marks_for(const disk_limits& limits, std::uint64_t total) {
  if (limits.floor_bytes == 0)
    return {};
  // Divided first: the product need not fit.
  const auto share = total / 100 * std::min<std::uint64_t>(limits.floor_percent, 100);
  disk_marks marks;
  marks.reserve = disk_reserve;
  // A segment is taken at once: that must not lead from above the floor to
  // below the reserve.
  marks.floor = std::max(std::min(limits.floor_bytes, share), limits.segment_bytes + marks.reserve);
  marks.resume = marks.floor + std::max(marks.floor / 4, limits.segment_bytes);
  return marks;
}

disk_state judge_disk(disk_state before, std::uint64_t free_bytes, const disk_marks& marks) {
  const auto is_back = before == disk_state::ok || free_bytes >= marks.resume;
  if (free_bytes >= marks.floor && is_back)
    return disk_state::ok;
  const auto least = before == disk_state::exhausted ? marks.reserve + marks.reserve / 4 : marks.reserve;
  return free_bytes < least ? disk_state::exhausted : disk_state::low;
}

disk_guard::disk_guard(std::filesystem::path directory, disk_limits limits)
    : directory_(std::move(directory)), limits_(limits) {
  // nop
}

result<disk_report> disk_guard::look() {
  const std::scoped_lock lock{mutex_};
  const auto now = std::chrono::steady_clock::now();
  if (looked_ && now - *looked_ < look_every)
    return seen_;
  const auto space = space_of(directory_);
  if (!space)
    return space.error();
  looked_ = now;
  seen_.marks = marks_for(limits_, space->total);
  seen_.free_bytes = space->free;
  seen_.state = judge_disk(seen_.state, space->free, seen_.marks);
  return seen_;
}

error disk_refusal(const disk_report& report) {
  if (report.state == disk_state::exhausted)
    return fail(errc::disk_full, fmt::format("{} MiB are free on the disk, nothing is written below {} MiB",
                                             mebibytes(report.free_bytes), mebibytes(report.marks.reserve)));
  return fail(errc::disk_full,
              fmt::format("{} MiB are free on the disk; below {} MiB no events are taken, until {} MiB are free",
                          mebibytes(report.free_bytes), mebibytes(report.marks.floor), mebibytes(report.marks.resume)));
}

} // namespace weir::storage
