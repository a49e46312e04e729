#pragma once

#include "domain/breaker.hpp"
#include "domain/handler_registry.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::actors {

/// The breakers of this node, one a handler, by their index in the registry.
/// Not kept over a restart: what still fails opens them again. Any thread; one
/// relaxed load while nothing fails.
class breaker_board {
public:
  /// Once, before any actor runs.
  void prepare(const handler_registry& handlers, breaker_policy policy);

  /// See `breaker::admit`; nothing: run.
  [[nodiscard]] std::optional<std::chrono::milliseconds> admit(std::size_t handler, const job_id& job, timestamp now);
  void succeeded(std::size_t handler, const job_id& job, timestamp now);
  /// @returns whether the failure belongs to an incident: the event waits in place.
  bool failed(std::size_t handler, const job_id& job, const breaker_failure& why, timestamp now);
  /// The job's actor ends: it neither waits nor runs any more.
  void forget(const job_id& job);
  /// Opens because the handler said that it is gone for good.
  void trip(std::size_t handler, const breaker_failure& why, timestamp now);

  // -- operators ---------------------------------------------------------------
  /// @returns `not_found` for an unknown handler.
  status pause(const std::string& handler, timestamp now);
  /// @returns `not_found` for an unknown handler, `state_conflict` when
  ///   nothing is wrong with it.
  status resolve(const std::string& handler);
  [[nodiscard]] std::optional<incident> find(const std::string& handler) const;
  /// All that are not closed, with the names of their handlers.
  [[nodiscard]] std::vector<std::pair<std::string, incident>> open() const;

private:
  struct slot {
    std::string name;
    mutable std::mutex guard;
    breaker rules;
    std::atomic<bool> watching{false};
  };

  [[nodiscard]] slot* find_slot(const std::string& handler) const;

  std::vector<std::unique_ptr<slot>> slots_;
};

} // namespace weir::actors
