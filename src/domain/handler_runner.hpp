#pragma once

#include "domain/handler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir {

/// One run of one handler over one event, as a value: whoever runs it needs
/// nothing of the job.
struct handler_call {
  std::string handler;
  event_ptr body;
  sequence seq = 0;
  std::uint32_t attempt = 1;
  std::string state; ///< JSON text; "" when there is none
  /// Of the job, for kinds that run C++; nobody else uses it until the answer.
  std::shared_ptr<weir::handler> instance;
};

/// How long one run of a handler may take.
struct run_limits {
  /// From then on the run is asked to stop (`context::stop_requested`).
  std::chrono::milliseconds soft{240'000};
  /// From then on it is abandoned: the event is tried again elsewhere, and what
  /// the run still says is ignored.
  std::chrono::milliseconds hard{300'000};
};

/// What became of a run.
struct handler_answer {
  outcome said;
  effects wanted; ///< ok only
  std::uint32_t took_us = 0;
  bool threw = false;     ///< an exception, a crash; `said.detail` has its text
  bool abandoned = false; ///< the hard timeout passed: `instance` may still be in use
};

/// What a runner has to do at this moment.
struct run_counts {
  std::size_t running = 0;
  std::size_t queued = 0;
};

/// Runs handlers outside of the actors: on threads of its own, or in another
/// process. Any thread.
class handler_runner {
public:
  using answered = std::function<void(handler_answer)>;

  handler_runner() = default;
  handler_runner(const handler_runner&) = delete;
  handler_runner& operator=(const handler_runner&) = delete;
  virtual ~handler_runner() = default;

  /// Starts one run, or queues it. Does not wait.
  /// @param done called once, on any thread, possibly before `start` returns;
  ///   not called when the runner stops first.
  virtual void start(handler_call call, answered done) = 0;

  /// Ends: queued runs are dropped, running ones are told to stop. No answer
  /// comes after this returns. Idempotent.
  virtual void stop() = 0;

  /// For operators; nothing when the runner does not tell its handlers apart.
  [[nodiscard]] virtual std::optional<run_counts> counts() const {
    return std::nullopt;
  }
};

/// Runs C++ here and now. An exception of the handler passes through.
[[nodiscard]] handler_answer run_here(const handler_call& call, std::stop_token stop = {});

} // namespace weir
