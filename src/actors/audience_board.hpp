#pragma once

#include "domain/event.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace weir::actors {

/// Whether anybody wants news of a job, so that none are made for nobody. May
/// say yes where nobody is (jobs share places), never no where somebody is:
/// whoever joins later reads what is committed by then. Any thread.
class audience_board {
public:
  /// As often as `leave`. In front of what tells the listener that it is in.
  void join(const job_id& job) {
    ++place_of(job);
  }
  void leave(const job_id& job) {
    --place_of(job);
  }
  [[nodiscard]] bool may_listen(const job_id& job) const {
    return places_[std::hash<job_id>{}(job) % places_.size()].load() > 0;
  }

  /// A request waits for what becomes of its events until this is gone.
  [[nodiscard]] std::shared_ptr<const void> wait() {
    ++*waiting_;
    return {nullptr, [waiting = waiting_](const void*) { --*waiting; }};
  }
  [[nodiscard]] bool may_wait() const {
    return waiting_->load() > 0;
  }

private:
  std::atomic<std::uint32_t>& place_of(const job_id& job) {
    return places_[std::hash<job_id>{}(job) % places_.size()];
  }

  std::array<std::atomic<std::uint32_t>, 16'384> places_{};
  std::shared_ptr<std::atomic<std::size_t>> waiting_ = std::make_shared<std::atomic<std::size_t>>(0);
};

} // namespace weir::actors
