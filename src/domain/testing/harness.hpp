#pragma once

#include "domain/handler_registry.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// This lies in `domain` and not beside the tests because authors of handlers
// use it from the installed library, and `weir test` from the binary; and
// because it needs nothing but the processor, so a clock that stands still.
namespace weir::testing {

/// How far one event is.
struct event_report {
  enum class kind : std::uint8_t {
    done,
    dead,
    waiting, ///< for its next run, or behind an event that waits
    parked,  ///< its job stands in front of it
  };
  kind what = kind::waiting;
  job_id job;
  std::string id;
  sequence seq = 0;          ///< done, dead
  std::vector<attempt> runs; ///< oldest first
  std::string code;          ///< dead: why; waiting, parked: of the last run
  std::string detail;
};

/// An event that a handler made.
struct made_event {
  job_id job;
  std::string type;
  json data;
  sequence seq = 0; ///< emitted: its number; sent, timers: 0
  timestamp due{};  ///< timers: when it enters its job
};

/// Runs handlers as a node does (one event of a job at a time, retries with
/// the policy's backoff, crashes that count an attempt, timers, events into
/// other jobs, all effects of an event or none), with a clock that only the
/// test moves. It starts on 2026-01-01. Not modelled: source numbers, timeouts,
/// breakers, restart budgets and everything on disk.
class harness {
public:
  /// One handler, named "handler".
  harness(type_pattern pattern, handler_factory make, retry_policy policy = {});
  /// One handler with everything that a registry knows of it.
  /// @throws std::invalid_argument when a registry would refuse it.
  explicit harness(handler_entry entry);
  explicit harness(std::shared_ptr<const handler_registry> handlers);
  ~harness();
  harness(harness&&) noexcept;
  harness& operator=(harness&&) noexcept;

  /// Runs of handlers in other processes: `answer` takes their place. Without
  /// it such a run is a std::logic_error of `send` or `advance`.
  void answer_outside(std::function<handler_answer(const handler_call&)> answer);

  // -- what happens

  /// Accepts an event and runs what can run now, also in other jobs.
  event_report send(const job_id& job, std::string_view type, const json& data = nullptr);
  /// The same with all attributes. Without id, source or time it gets "event-1",
  /// "event-2" ..., "test" and now. The second one of a source and id changes nothing.
  event_report send(event what);
  /// Moves the clock; retries and timers that are due meanwhile run in their order.
  /// @throws std::logic_error after 100,000 of them.
  void advance(std::chrono::milliseconds by);
  /// Moves the clock to the next retry or timer. @returns false when none waits.
  bool advance_to_next();

  // -- what became true

  [[nodiscard]] timestamp now() const noexcept;
  /// How far an event that was sent is by now. @throws std::out_of_range.
  [[nodiscard]] event_report report(std::string_view id) const;
  /// Number of the newest event of a job that is finished; what it emitted
  /// lies behind it. 0: none.
  [[nodiscard]] sequence cursor(std::string_view job) const;
  /// The job's stream, numbers 1, 2, 3 ...
  [[nodiscard]] const std::vector<stream_entry>& stream(std::string_view job) const;
  /// Into the job of their cause, in order; all, or those of one type.
  [[nodiscard]] std::vector<made_event> emitted(std::string_view type = {}) const;
  /// Into other jobs, where they have been processed as well.
  [[nodiscard]] const std::vector<made_event>& outgoing() const noexcept;
  /// Those that are not due yet, the next one first.
  [[nodiscard]] std::vector<made_event> timers() const;
  /// null where there is none.
  [[nodiscard]] json record(std::string_view collection, std::string_view key) const;
  /// By collection and key.
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, json>& records() const noexcept;
  /// Of a handler for a job; null where there is none.
  [[nodiscard]] json state(std::string_view job, std::string_view handler = "handler") const;
  [[nodiscard]] std::vector<json> rows(std::string_view sink) const;
  [[nodiscard]] const std::vector<sink_row>& all_rows() const noexcept;
  [[nodiscard]] const std::vector<dead_letter>& dead() const noexcept;
  [[nodiscard]] bool parked(std::string_view job) const;

private:
  struct world;
  std::unique_ptr<world> world_;
};

} // namespace weir::testing
