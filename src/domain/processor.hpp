#pragma once

#include "domain/handler_registry.hpp"
#include "domain/stream.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// What became of one released event and all that it caused.
struct processed_event {
  enum class kind : std::uint8_t { done, retry, dead };
  kind what = kind::done;
  std::vector<stream_entry> entries; ///< done, dead: the event's own entry first, dense
  std::vector<record_put> records;
  std::vector<std::pair<std::string, std::string>> states;
  std::optional<dead_letter> letter; ///< dead only
  attempt failed;                    ///< retry, dead: the run that failed
  std::chrono::milliseconds wait{0}; ///< retry: before the next run
};

/// Runs the handlers of one job's events. All handlers of one event, and of
/// the events it emitted, count together or not at all. An exception of a
/// handler passes through: the caller is an actor that dies of it.
class processor {
public:
  /// Microseconds of a clock that only goes forward.
  using stopwatch = std::function<std::uint64_t()>;

  /// @param registry shared by all jobs, must outlive this.
  /// @param ticks for the duration of runs; without one they are 0.
  processor(std::shared_ptr<const handler_registry> registry, std::vector<std::pair<std::string, std::string>> states,
            stopwatch ticks = {});

  /// @param next the sequence of the event's own entry.
  /// @param earlier failed runs so far (their handler's policy counts them).
  /// @param now when this run starts, for the attempt's record.
  /// @param jitter in [0, 1), for the backoff.
  /// A done event's states are kept for the next call.
  [[nodiscard]] processed_event run(const event_ptr& body, sequence next, const std::vector<attempt>& earlier,
                                    timestamp now, double jitter);

  /// The dead end of an event that is not run (again): attempts exhausted by
  /// crashes, or late.
  [[nodiscard]] static processed_event give_up(const event_ptr& body, sequence next,
                                               const std::vector<attempt>& earlier, timestamp now, errc reason,
                                               std::string detail);

  /// Runs that crashed count against the largest policy of the handlers that
  /// take this type; 5 when none does.
  [[nodiscard]] std::uint32_t max_attempts(std::string_view type) const;

  /// Name of the handler that is running, for the supervisor's record of a crash.
  [[nodiscard]] const std::string& running() const noexcept;

private:
  struct draft;
  struct failure;

  [[nodiscard]] handler& instance(std::size_t index);
  [[nodiscard]] const std::string& state_of(const draft& work, const std::string& name) const;
  [[nodiscard]] std::optional<failure> run_handlers(draft& work, std::size_t cause);
  [[nodiscard]] std::optional<failure> run_handler(draft& work, std::size_t cause, std::size_t index);
  [[nodiscard]] processed_event finish(draft work);

  std::shared_ptr<const handler_registry> registry_;
  std::map<std::string, std::string, std::less<>> states_;
  std::map<std::size_t, std::unique_ptr<handler>> instances_;
  stopwatch ticks_;
  std::string running_;
};

/// How far events emitted by emitted events may go.
inline constexpr std::uint32_t max_hops = 16;

/// How many events one accepted event may cause in all, for handlers that fan
/// out at every hop; beyond it the event dies of the hop limit as well.
inline constexpr std::size_t max_emitted = 4096;

} // namespace weir
