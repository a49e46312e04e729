#pragma once

#include "domain/job_holdings.hpp"

#include <mutex>
#include <utility>

namespace weir::actors {

/// What each job holds, for INGEST, which takes more, and the STORE WRITER,
/// which hears what is finished. Any thread.
class held_board {
public:
  /// Begins anew with nothing held.
  void begin(std::uint64_t limit) {
    const std::lock_guard lock{mutex_};
    held_ = job_holdings{limit};
  }

  /// Calls `what` with the holdings; nobody else sees them meanwhile.
  template <class Function>
  auto with(Function&& what) {
    const std::lock_guard lock{mutex_};
    return std::forward<Function>(what)(held_);
  }

private:
  std::mutex mutex_;
  job_holdings held_{0};
};

} // namespace weir::actors
