#pragma once

#include "domain/event.hpp"
#include "domain/stream.hpp"
#include "storage/outbox.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::storage {

struct job_snapshot {
  job_id job;
  bool exists = false;
  sequence last_seq = 0;
  sequence first_seq = 1; ///< oldest number still kept
  source_cursors cursors;
  job_mode mode = job_mode::active;
  std::string mode_reason;
  timestamp updated_at{};
  std::uint64_t hash = 0; ///< rolling hash over all commits
  std::vector<std::pair<std::string, std::string>> states;
  bool has_pending = false;
};

struct pending_event {
  event_ptr body;
  std::vector<attempt> attempts; ///< failed runs so far
};

/// What one job has pending.
struct pending_amount {
  job_id job;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0; ///< of their payloads
};

struct page_limit {
  std::size_t count = 256;
  std::size_t bytes = std::size_t{1} << 20; ///< at least one item is answered
};

struct pending_page {
  std::vector<pending_event> events;
  bool complete = false; ///< nothing pending behind the last one
};

/// What a starting job builds on.
struct job_start {
  job_snapshot snapshot;
  pending_page pending; ///< from the first on
};

struct stream_page {
  std::vector<stream_entry> entries;
  sequence last_seq = 0;  ///< of the stream when the page was read
  sequence first_seq = 1; ///< oldest number still kept

  /// Whether entries behind `after` are missing: retention was there before.
  [[nodiscard]] bool has_hole_behind(sequence after) const noexcept {
    return after + 1 < first_seq;
  }
};

/// Everything known of one accepted or emitted event.
struct event_report {
  event_ptr body;
  std::string status; ///< "accepted", "retrying", "processed", "dead", "discarded"
  sequence seq = 0;   ///< 0 while it has none
  std::vector<attempt> attempts;
  std::vector<record_put> records; ///< written by its commit
  std::vector<stream_entry> emitted;
  std::vector<event_ptr> outgoing; ///< into other jobs, as far as the log still has them
  std::vector<sink_row> rows;
  std::vector<timer> timers;
};

struct record_page {
  std::vector<record_put> records;
  bool complete = false;
};

struct job_page {
  std::vector<job_snapshot> jobs; ///< without states
  bool complete = false;
};

/// Which dead letters are meant. Empty fields do not restrict.
struct dead_letter_filter {
  std::string state; ///< "open" by default at the surfaces
  std::string job;
  std::string handler;
  std::string code;
  std::string type;
  std::string fingerprint;
  std::optional<timestamp> since; ///< died then or later
  std::optional<timestamp> until; ///< died before
  timestamp discarded_since{};    ///< of the discarded ones: those discarded then or later
};

struct dead_letter_page {
  std::vector<dead_letter> letters;
  bool complete = false;
};

struct store_stats {
  std::string kind; ///< "memory", "embedded"
  std::string store_id;
  std::string incarnation; ///< part of every epoch
  std::uint64_t jobs = 0;
  std::uint64_t pending = 0;       ///< accepted and not finished
  std::uint64_t pending_bytes = 0; ///< of their payloads
  std::uint64_t dead_letters = 0;  ///< open
  std::uint64_t timers = 0;        ///< not due, or not fired yet
  std::uint64_t outbox = 0;        ///< rows that wait for a sink
  std::uint64_t log_bytes = 0;
  std::uint64_t view_bytes = 0;
  log_position head = 0;                   ///< next position
  std::optional<timestamp> oldest_pending; ///< accepted_at of the oldest pending event, when cheap
};

/// What one turn of retention did.
struct trim_report {
  std::uint64_t dropped_segments = 0;
  std::uint64_t dropped_bytes = 0;
  std::uint64_t kept_events = 0; ///< of dropped segments, because somebody still needs them
  log_position floor = 0;        ///< where the log begins now
};

} // namespace weir::storage
