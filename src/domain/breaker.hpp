#pragma once

#include "domain/event.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace weir {

/// When many jobs that fail alike count as one incident of their handler.
struct breaker_policy {
  std::uint32_t jobs = 5;                       ///< distinct jobs with the same fingerprint; 0: never
  std::chrono::milliseconds within{10'000};     ///< in this time
  std::chrono::milliseconds probe_every{5'000}; ///< while open
};

/// A run that failed.
struct breaker_failure {
  std::string fingerprint;
  std::string code;
  std::string detail;
};

/// What operators see of an open breaker.
struct incident {
  std::string state; ///< "open", "releasing", "paused"
  breaker_failure cause;
  timestamp since{};
  std::uint64_t jobs = 0;    ///< distinct ones that failed before it opened
  std::uint64_t waiting = 0; ///< jobs that wait in front of the handler
  std::uint64_t probes = 0;  ///< runs that were let through since
  std::optional<timestamp> next_probe;
};

/// The circuit breaker of one handler (Nygard, "Release It!", 2007), for
/// handlers that serve many jobs: it opens when the same failure meets
/// `policy.jobs` jobs and at least half of all runs, so that single bad events
/// never open it. Open: events wait in their jobs, no attempt is used up, one
/// run per interval is a probe. After a probe that succeeds the jobs are let go
/// on in the order in which they came, 1, 2, 4 ... at once; the same failure
/// opens it again. Pure: time comes in.
class breaker {
public:
  explicit breaker(breaker_policy policy = {});

  /// Asked before a run. @returns how long to wait before asking again, or
  /// nothing: run, then say how it ended.
  [[nodiscard]] std::optional<std::chrono::milliseconds> admit(const job_id& job, timestamp now);

  void succeeded(const job_id& job, timestamp now);

  /// @returns whether the failure belongs to the incident: then the event
  ///   waits in place and the run does not count as an attempt.
  bool failed(const job_id& job, const breaker_failure& why, timestamp now);

  /// Opens at once, whatever the counts say: the handler is gone.
  void trip(const breaker_failure& why, timestamp now);
  /// Lets nothing through until `resolve`.
  void pause(timestamp now);
  /// The one verb of operators: everything may run again, counts begin anew.
  void resolve();
  /// A job that will not come back to ask (parked, drained).
  void forget(const job_id& job);

  /// Whether `admit` may say anything but "run", or runs are being counted:
  /// while not, nobody needs to ask or to tell of successes.
  [[nodiscard]] bool is_watching(timestamp now);
  /// Nothing while closed.
  [[nodiscard]] std::optional<incident> current() const;

private:
  enum class mode : std::uint8_t { closed, open, releasing, paused };

  /// How many there were in the last while, however many: counted in slices of time.
  class recent_count {
  public:
    void add(timestamp now, std::chrono::microseconds slice);
    void forget_before(timestamp oldest);
    void clear();
    [[nodiscard]] std::uint64_t total() const noexcept {
      return total_;
    }

  private:
    struct slice_count {
      timestamp from{};
      std::uint64_t count = 0;
    };
    std::deque<slice_count> slices_;
    std::uint64_t total_ = 0;
  };

  struct suspect {
    std::map<job_id, timestamp> jobs; ///< last failure of each
    recent_count failures;
  };
  struct place {
    std::uint64_t number = 0;
    timestamp seen{};
  };

  void open(const breaker_failure& why, std::uint64_t jobs, timestamp now);
  void close();
  void prune(timestamp now);
  void enqueue(const job_id& job, timestamp now);
  void drop_silent(timestamp now);
  [[nodiscard]] bool is_among_first(const job_id& job, std::size_t count) const;
  [[nodiscard]] bool is_incident(const suspect& who) const;

  breaker_policy policy_;
  mode mode_ = mode::closed;
  std::map<std::string, suspect> suspects_; ///< by fingerprint, closed only
  recent_count runs_;                       ///< of all, while there are suspects
  incident now_;
  std::map<std::uint64_t, job_id> queue_; ///< who waits, in order of arrival
  std::unordered_map<job_id, place> places_;
  std::uint64_t next_number_ = 0;
  std::set<job_id> running_; ///< let through and not yet answered
  timestamp probe_at_{};
  std::size_t released_ = 1;  ///< at once, releasing only
  std::size_t successes_ = 0; ///< since `released_` last grew
};

} // namespace weir
