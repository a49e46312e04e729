#pragma once

#include "storage/disk_state.hpp"

#include <atomic>
#include <cstdint>

namespace weir::actors {

/// Flags that many read and few write. Any thread.
struct node_health {
  std::atomic<bool> store_ok{true};
  std::atomic<storage::disk_state> disk{storage::disk_state::ok};
  std::atomic<std::uint64_t> full_since_us{0};    ///< like `writing_since_us`: a write met a full disk
  std::atomic<std::uint64_t> writing_since_us{0}; ///< by `node_services::ticks`; 0: nothing is being written
  std::atomic<bool> stalled{false};               ///< what was logged last about that write
  std::atomic<bool> recovered{false};
  std::atomic<int> recovering_percent{-1}; ///< of the replay before that; -1: it has not begun
  std::atomic<bool> leaving{false};        ///< not ready for new callers, serving those it has
  std::atomic<bool> draining{false};
  std::atomic<std::int64_t> pulse_us{0};       ///< last sign of life of the scheduler
  std::atomic<std::int64_t> answered_us{0};    ///< when INGEST and ROUTER last answered, one after the other
  std::atomic<std::uint64_t> backlog{0};       ///< accepted and unfinished events
  std::atomic<std::uint64_t> remaining{0};     ///< room in the backlog
  std::atomic<std::int64_t> retry_after_ms{0}; ///< until room is expected
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> caused{0};      ///< of these, by handlers and timers: INGEST did not admit them
  std::atomic<std::uint64_t> finished{0};    ///< as the STORE WRITER counts, also when the job died of it
  std::atomic<std::uint64_t> retractions{0}; ///< how often events that jobs knew already found no room on the disk
  std::atomic<std::uint64_t> processed{0};
  std::atomic<std::uint64_t> failed_runs{0};
  std::atomic<std::uint64_t> dead{0};
  std::atomic<std::int64_t> processed_at_us{0};
};

} // namespace weir::actors
