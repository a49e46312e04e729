#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace weir::app {

/// How far a long send is. `total` 0: not known.
struct progress {
  std::uint64_t done = 0; ///< in whatever unit `total` has
  std::uint64_t total = 0;
  std::uint64_t events = 0;
  std::chrono::milliseconds elapsed{0};
};

/// "[#####     ]  50 %  12,300 events  8,200/s", for one line of a terminal.
[[nodiscard]] std::string progress_line(const progress& at);

/// "[#####     ]  50 %"; `done` may be more than `total`, which is not 0.
[[nodiscard]] std::string progress_bar(std::uint64_t done, std::uint64_t total);

/// 12300 -> "12,300".
[[nodiscard]] std::string grouped(std::uint64_t number);

} // namespace weir::app
