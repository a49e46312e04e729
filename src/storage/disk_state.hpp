#pragma once

#include <cstdint>

namespace weir::storage {

/// What the free space of the store's file system allows.
enum class disk_state : std::uint8_t {
  ok,       ///< everything
  low,      ///< no new events; what was accepted is processed
  exhausted ///< nothing is written, so that neither log nor view meets a full disk
};

/// "ok", "low", "exhausted".
[[nodiscard]] const char* to_word(disk_state state);

/// Bytes that must be free; all 0 without a guard.
struct disk_marks {
  std::uint64_t floor = 0;   ///< below it the disk is low
  std::uint64_t resume = 0;  ///< a low disk is well again from here on
  std::uint64_t reserve = 0; ///< below it the disk is exhausted
};

/// What was seen when the file system was last asked.
struct disk_report {
  disk_state state = disk_state::ok;
  std::uint64_t free_bytes = 0;
  disk_marks marks;
};

} // namespace weir::storage
