#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "domain/stream.hpp"
#include "storage/outbox.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::storage {

/// Ties a client's Idempotency-Key to one request (docs/http-api.md).
struct idempotency {
  std::string key;         ///< caller-scoped key, already hashed to 32 hex digits
  std::string fingerprint; ///< 32 hex digits over method, path and body
};

/// Events of one request: durable together or not at all.
struct append_request {
  std::vector<event> events;
  timestamp accepted_at{};
  std::optional<idempotency> once;
  std::string replay_of; ///< id of the dead letter that re-enters; skips the dedupe
};

enum class append_outcome : std::uint8_t { accepted, duplicate };

struct appended_item {
  append_outcome outcome = append_outcome::accepted;
  std::string id; ///< of a duplicate: the id first seen
  job_id job;
  log_position position = 0; ///< of a duplicate: of the first
  sequence seq = 0;          ///< 0 while it has none
  event_ptr body;            ///< accepted only
};

struct append_result {
  std::vector<appended_item> items; ///< one per event, same order
  bool replayed = false;            ///< answered from an earlier request with the same key
};

/// What one job wants to become true, all or nothing.
struct job_commit {
  job_id job;
  std::uint64_t fence = 1;               ///< stale: refused with `errc::conflict`
  std::optional<sequence> expected_last; ///< differs from the store: `errc::conflict`
  std::vector<stream_entry> entries;     ///< dense, first = last + 1
  std::vector<log_position> finished;    ///< accepted events that are no longer pending
  source_cursors cursors;                ///< changed ones only
  std::vector<record_put> records;
  std::vector<std::pair<std::string, std::string>> states; ///< handler -> JSON; "" erases
  std::vector<dead_letter> dead_letters;
  std::vector<std::pair<log_position, attempt>> attempts; ///< failed runs of pending events
  std::vector<event> outgoing;                            ///< into other jobs: accepted with this commit
  std::vector<sink_row> rows;
  std::vector<timer> timers;
  std::optional<job_mode> mode;
  std::string mode_reason;
  bool only_while_held = false; ///< an active job: refused with `errc::state_conflict`
  timestamp at{};
};

struct commit_result {
  sequence last = 0;                ///< last number of the stream now
  std::vector<event_ptr> outgoing;  ///< durable now and pending in their jobs
  std::uint64_t finished_bytes = 0; ///< payloads of the events that it finished
};

/// How long a discarded dead letter can be put back, with its event.
inline constexpr std::chrono::hours trash_window{24};

/// Takes an open dead letter out of the open ones without replaying it, or
/// puts it back within `trash_window`.
struct discard_request {
  std::string dead_letter;
  timestamp at{};
  bool undo = false; ///< back to the open ones
};

/// Everything that one durable write carries.
struct write_batch {
  std::vector<append_request> appends;
  std::vector<job_commit> commits;
  std::vector<discard_request> discards;
  std::vector<fire_request> fired;
  std::vector<delivered_request> delivered;
};

/// One answer per request, same order. An error here concerns that request
/// alone (idempotency_mismatch, conflict, not_found, state_conflict); for
/// appends and timers also `disk_full`: the rest of the batch is written.
struct write_outcome {
  std::vector<result<append_result>> appends;
  std::vector<result<commit_result>> commits;
  std::vector<status> discards;
  std::vector<result<event_ptr>> fired;         ///< null: it did not wait, or its event was accepted before
  std::vector<result<std::uint64_t>> delivered; ///< how many of the rows waited
};

} // namespace weir::storage
