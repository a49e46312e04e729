#pragma once

#include "domain/handler_registry.hpp"
#include "domain/prefetch.hpp"
#include "domain/processed_event.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// Stands between a job and the handlers that many jobs share. Handlers are
/// indices into the registry.
class handler_gate {
public:
  handler_gate() = default;
  handler_gate(const handler_gate&) = delete;
  handler_gate& operator=(const handler_gate&) = delete;
  virtual ~handler_gate() = default;
  /// How long the handler takes no event, or nothing when it does.
  virtual std::optional<std::chrono::milliseconds> admit(std::size_t handler) = 0;
  virtual void succeeded(std::size_t handler) = 0;
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
            stopwatch ticks = {}, std::unique_ptr<handler_gate> gate = nullptr);
  ~processor();
  processor(processor&&) noexcept;
  processor& operator=(processor&&) noexcept;

  /// @param next the sequence of the event's own entry.
  /// @param earlier failed runs so far (their handler's policy counts them).
  /// @param now when this run starts, for the attempt's record.
  /// @param chance in [0, 1), for the backoff.
  /// A done event's states are kept for the next call.
  [[nodiscard]] processed_event run(const event_ptr& body, sequence next, const std::vector<attempt>& earlier,
                                    timestamp now, double chance);

  /// Goes on behind `away`. Throws when the handler did.
  [[nodiscard]] processed_event resume(handler_answer answer);

  /// Goes on behind `held`.
  [[nodiscard]] processed_event proceed();

  /// Index of the handler that ran last, also when it threw.
  [[nodiscard]] std::size_t last_handler() const noexcept;

  /// Forgets the instances of handlers: one threw, and is not to be trusted.
  void renew();

  /// Runs that crashed count against the largest policy of the handlers that
  /// take this type; 5 when none does.
  [[nodiscard]] std::uint32_t max_attempts(std::string_view type) const;

  /// Name of the handler that is running, for the supervisor's record of a crash.
  [[nodiscard]] const std::string& running() const noexcept;

  /// Asks for the memory that a run is going to touch.
  void bring_near() const {
    if (!instances_.empty())
      prefetch(&*instances_.begin(), sizeof(*instances_.begin()));
    if (!states_.empty())
      prefetch(&*states_.begin(), sizeof(*states_.begin()));
  }

private:
  struct draft;
  struct failure;

  [[nodiscard]] std::shared_ptr<handler>& instance(std::size_t index);
  [[nodiscard]] const std::string& state_of(const std::string& name) const;
  [[nodiscard]] processed_event go_on();
  [[nodiscard]] handler_call make_call(std::size_t index);
  [[nodiscard]] std::optional<failure> include(handler_answer answer);
  void include_emitted(const std::string& handler, std::vector<emitted_event>& wanted);
  void include_outside(const std::string& handler, effects& wanted);
  [[nodiscard]] processed_event refuse_unknown();
  [[nodiscard]] processed_event finish();
  [[nodiscard]] processed_event conclude(failure failed);

  std::shared_ptr<const handler_registry> registry_;
  std::map<std::string, std::string, std::less<>> states_;
  std::map<std::size_t, std::shared_ptr<handler>> instances_;
  stopwatch ticks_;
  std::unique_ptr<handler_gate> gate_;
  std::unique_ptr<draft> work_; ///< of the event under way
  std::string running_;
  std::size_t last_handler_ = 0;
};

/// How far events emitted by emitted events may go.
inline constexpr std::uint32_t max_hops = 16;

/// How many events one accepted event may cause in all, for handlers that fan
/// out at every hop; beyond it the event dies of the hop limit as well.
inline constexpr std::size_t max_emitted = 4096;

} // namespace weir
