#pragma once

#include "domain/handler_runner.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace weir::actors {

/// What a pool tells of slow runs; called on its own threads.
struct worker_events {
  std::function<void(const std::string& handler)> slow;      ///< passed the soft limit
  std::function<void(const std::string& handler)> abandoned; ///< passed the hard limit
  /// Threads that are held by abandoned runs, whenever that changes.
  std::function<void(std::size_t stuck)> stuck;
};

/// Threads for handlers that block. A run that is abandoned keeps its thread
/// until it ends; another thread takes its place, up to `most_stuck` of them,
/// so that other jobs go on. Behind that the pool shrinks and says so.
class worker_pool {
public:
  struct options {
    std::size_t workers = 2;
    std::size_t most_stuck = 64;
    /// How long `stop` waits for runs that were asked to stop.
    std::chrono::milliseconds stop_grace{2'000};
    worker_events tell;
  };

  explicit worker_pool(options opts);
  ~worker_pool();
  worker_pool(const worker_pool&) = delete;
  worker_pool& operator=(const worker_pool&) = delete;

  /// What an entry of the registry holds. Outlives the pool without harm:
  /// what is started then is never answered.
  [[nodiscard]] std::shared_ptr<handler_runner> runner(run_limits limits);

  /// Drops what is queued, asks what runs to stop and waits a little. Threads
  /// that do not end are left behind. Idempotent.
  void stop();

  /// Runs that wait for a thread.
  [[nodiscard]] std::size_t queued() const;

private:
  class state;
  std::shared_ptr<state> state_;
};

} // namespace weir::actors
