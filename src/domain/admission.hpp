#pragma once

#include "domain/error.hpp"
#include "domain/event.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace weir {

/// What a node takes on. 0 means no limit, except `max_callers`.
struct admission_limits {
  std::uint64_t max_backlog = 100'000; ///< accepted and unfinished events
  double caller_rate = 0.0;            ///< events a second for one caller
  double caller_burst = 0.0;           ///< events at once; at least one second's worth
  std::size_t max_callers = 10'000;    ///< remembered; the least recent is forgotten
};

/// What wants in: the events of one request.
struct admission_request {
  std::string_view caller;
  std::uint64_t events = 0;
};

/// What the node says about itself.
struct node_condition {
  bool ready = true;
  bool disk_full = false;
};

struct admission_verdict {
  bool accepted = true;
  error why;                           ///< refused only
  std::chrono::seconds retry_after{0}; ///< refused only: 1-60
};

/// Decides whether the node takes more, before anything is read or written; what
/// one job may hold is the business of `job_holdings`.
/// Counts what it let in until it is told that it is gone. A request that is
/// larger than a limit passes when nothing else is held: a limit slows down,
/// it never makes a request impossible. Pure; one owner; no clock.
class admission {
public:
  explicit admission(admission_limits limits);

  /// Accepted: counts the events and takes the caller's tokens. Refused with
  /// `not_ready`, `disk_full`, `overloaded` (the node), `rate_limited` (the
  /// caller); nothing is counted then.
  [[nodiscard]] admission_verdict admit(const admission_request& request, const node_condition& node, timestamp now);

  /// Counts what is held already: at start, from the store.
  void restore(std::uint64_t events);

  /// Admitted events that were not appended after all (duplicates, a failed
  /// write). Says nothing about how fast the node works.
  void give_back(std::uint64_t events);

  /// Events that are done or dead; measures the drain rate.
  void finished(std::uint64_t events, timestamp now);

  [[nodiscard]] std::uint64_t backlog() const noexcept;
  /// Finished events a second while there was something to do, exponentially
  /// weighted over about ten seconds; 0 before the first.
  [[nodiscard]] double drain_rate() const noexcept;
  [[nodiscard]] std::size_t callers() const noexcept;

private:
  struct bucket {
    std::string caller;
    double tokens = 0.0;
    timestamp filled_at{};
  };

  [[nodiscard]] bucket& bucket_of(std::string_view caller, timestamp now);
  [[nodiscard]] admission_verdict take_tokens(const admission_request& request, timestamp now);
  [[nodiscard]] std::chrono::seconds time_to_drain(double events) const noexcept;
  void pass_time(timestamp now) noexcept;

  admission_limits limits_;
  std::uint64_t backlog_ = 0;
  std::list<bucket> recent_;                                                  ///< most recent caller first
  std::unordered_map<std::string_view, std::list<bucket>::iterator> buckets_; ///< keys live in `recent_`
  double drained_ = 0.0;                                                      ///< weighted sum of finished events
  double busy_ = 0.0;                                                         ///< seconds with a backlog so far
  std::optional<timestamp> measured_at_;
};

} // namespace weir
