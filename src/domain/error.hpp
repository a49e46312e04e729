#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace weir {

/// Every expected failure, with a stable number. Public, never reused.
/// 1-19 the event is wrong (never retry); 20-39 the world is wrong (retry);
/// 40-69 the caller is wrong. `problem_table()` gives each its public code,
/// HTTP status, title and whether a retry can help: the one table behind
/// problem bodies, WebSocket errors, logs, the `error_type` label and the
/// reasons of dead letters.
enum class errc : std::uint8_t {
  // -- the event is wrong ----------------------------------------------------
  malformed_json = 1,     // not JSON, not UTF-8, or a NUL byte
  validation_failed = 2,  // well-formed, but a field is missing or wrong
  too_large = 3,          // a size limit is exceeded
  too_deep = 4,           // nested deeper than allowed
  duplicate_key = 5,      // an envelope key stands twice
  no_job = 6,             // nothing names the job
  late = 7,               // inside a gap that was already declared
  handler_dead = 8,       // a handler declared the event dead
  attempts_exhausted = 9, // retried as often as allowed
  handler_crashed = 10,   // a handler threw, as often as allowed
  hop_limit = 11,         // events emitted by emitted events, too deep
  skipped = 12,           // an operator stepped over it
  unknown_type = 13,      // no handler takes it, and the node is told to refuse such
  // -- the world is wrong ----------------------------------------------------
  storage_unavailable = 20, // the store refuses or fails
  storage_damaged = 21,     // acknowledged data cannot be read back
  not_ready = 22,           // starting, draining or stopping
  overloaded = 23,          // the node as a whole is at its limit
  disk_full = 24,           // below the disk floor
  timed_out = 25,           // no answer in time
  conflict = 26,            // somebody else wrote first
  internal = 27,            // a bug; the log has the details
  unreachable = 28,         // the peer does not answer
  handler_timeout = 29,     // a run took longer than its hard timeout
  // -- the caller is wrong ---------------------------------------------------
  bad_request = 40,
  unauthenticated = 41,
  forbidden = 42,
  not_found = 43,
  job_not_found = 44,
  method_not_allowed = 45,
  unsupported_media_type = 46,
  unsupported = 47,    // unknown op, protocol or option
  rate_limited = 48,   // this caller, source or job is over its limit
  limit_exceeded = 49, // too many subscriptions, connections or items
  already_subscribed = 50,
  epoch_changed = 51,
  history_trimmed = 52,
  cursor_mismatch = 53,
  idempotency_mismatch = 54,
  header_too_large = 55,
  target_too_long = 56,
  upgrade_required = 57,
  expect_count_mismatch = 58,
  bad_config = 59,
  length_required = 60,
  request_timeout = 61,
  state_conflict = 62, // the thing is not in a state that allows this
};

/// One expected failure: which, and one lower-case sentence without a full
/// stop that carries the numbers an operator needs.
struct error {
  errc code{errc::internal};
  std::string detail;

  friend bool operator==(const error&, const error&) = default;
};

/// One row of the table of problems.
struct problem_row {
  errc code;
  std::string_view name;  ///< public code, e.g. "validation-failed"
  int http_status;        ///< status of the HTTP answer
  bool retryable;         ///< whether the same request may succeed later
  std::string_view title; ///< one sentence, constant per code
};

/// The whole table, ordered by number.
[[nodiscard]] std::span<const problem_row> problem_table() noexcept;

/// The row of one code; every enumerator has one.
[[nodiscard]] const problem_row& problem_of(errc code) noexcept;

/// The code with this public name, or `errc::internal`.
[[nodiscard]] errc errc_from_name(std::string_view name) noexcept;

/// The only place that decides whether trying again can help.
[[nodiscard]] inline bool is_retryable(errc code) noexcept {
  return problem_of(code).retryable;
}

} // namespace weir
