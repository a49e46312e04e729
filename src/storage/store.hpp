#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "domain/stream.hpp"
#include "storage/backup_report.hpp"
#include "storage/disk_state.hpp"
#include "storage/outbox.hpp"
#include "storage/verify_report.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace weir::storage {

// -- what is written ----------------------------------------------------------

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

// -- what is read -------------------------------------------------------------

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

/// Durable truth. Implementations: memory (tests), embedded (log + view). `stage` and `sync` by one thread at a
/// time; reads by any at any time, also during a write, and may touch the disk: not from pooled actors.
class store {
public:
  store() = default;
  store(const store&) = delete;
  store& operator=(const store&) = delete;
  virtual ~store();

  /// Decides what becomes of each request, behind all that was staged before: appends, then commits, discards, timers
  /// and delivered rows. Before `sync` nothing of it is durable or shown, or may have a consequence outside of this
  /// process; `pending`, `start_job` and `unfinished_jobs` wait for that `sync`.
  /// @returns `disk_full` (nothing of it is staged, the store goes on) or
  ///   `storage_unavailable` (all later calls fail alike; the caller must exit).
  virtual result<write_outcome> stage(const write_batch& batch) = 0;

  /// Makes all that was staged durable, at once and with one sync, and visible.
  /// @returns an error as of `stage`: then nothing of all that has happened.
  virtual status sync() = 0;
  /// Both, for one batch.
  result<write_outcome> write(const write_batch& batch);

  /// @returns a snapshot with `exists == false` for an unknown job.
  virtual result<job_snapshot> load_job(const job_id& job) const = 0;

  /// Pending events behind `after`, in append order.
  virtual result<pending_page> pending(const job_id& job, log_position after, page_limit limit) const = 0;

  /// Both of one moment. @param at_hand events of the caller, ascending: those that are pending are not read again.
  virtual result<job_start> start_job(const job_id& job, page_limit limit,
                                      const std::vector<event_ptr>& at_hand) const = 0;

  /// Names of jobs with pending events, ascending, behind `after`.
  virtual result<std::vector<job_id>> unfinished_jobs(const job_id& after, std::size_t limit) const = 0;

  /// What each such job has pending; fewer than `limit` only at the end. Looks
  /// at each pending event.
  virtual result<std::vector<pending_amount>> pending_amounts(const job_id& after, std::size_t limit) const = 0;

  /// Entries with seq > `after`, ascending; a `first_seq` beyond `after` + 1 tells of a hole in front of them.
  virtual result<stream_page> stream(const job_id& job, sequence after, page_limit limit) const = 0;

  /// The newest event with this id; when `source` is not empty, of that source.
  /// @returns `errc::not_found`.
  virtual result<event_report> find_event(const std::string& id, const std::string& source) const = 0;

  /// @returns `errc::not_found`.
  virtual result<record_put> record(const std::string& collection, const std::string& key) const = 0;
  virtual result<record_page> records(const std::string& collection, const std::string& after_key,
                                      std::size_t limit) const = 0;

  virtual result<job_page> jobs(const job_id& after, std::size_t limit) const = 0;

  /// Ascending by id, behind `after_id`.
  virtual result<dead_letter_page> dead_letters(const dead_letter_filter& filter, const std::string& after_id,
                                                std::size_t limit) const = 0;
  /// With the original event. @returns `errc::not_found`.
  virtual result<std::pair<dead_letter, event_ptr>> find_dead_letter(const std::string& id) const = 0;

  /// Rows of the sink behind `after` (whose `sink` says which), in order. For
  /// the first ones give the sink alone.
  virtual result<outbox_page> outbox(const outbox_key& after, std::size_t limit) const = 0;
  /// Every sink for which rows wait, ascending.
  virtual result<std::vector<sink_backlog>> outbox_stats() const = 0;

  /// Timers due at `until` or before, in the order of their times.
  virtual result<timer_page> timers(timestamp until, std::size_t limit) const = 0;

  virtual store_stats stats() const = 0;

  /// Looks at the free space now. Never waits for a write.
  virtual disk_report disk() const = 0;

  /// Drops history that is older or larger than the store was told to keep;
  /// nothing that is pending, and no open dead letter. One thread at a time,
  /// beside writes and reads; takes as long as the disk needs. Call again
  /// while it drops something.
  virtual result<trim_report> trim(timestamp now) = 0;

  /// Checks everything: dense seq, one commit per seq, index = log, effects,
  /// hash chains and every checksum. As of one moment, beside writes and
  /// reads; `trim` drops nothing meanwhile.
  /// @param progress may be empty. @returns `timed_out` when it stopped the run.
  virtual result<verify_report> verify(const verify_progress& progress) const = 0;

  /// Copies everything into a directory, beside writes and reads, and reads the
  /// copy back; only what a former backup there lacks is copied. Takes as long
  /// as the disk needs; `trim` waits for it. @returns what `backup_report.hpp`
  /// says; `unsupported` by a store without files; `state_conflict` for a
  /// directory with something else in it; `bad_request`, `disk_full`.
  virtual result<backup_report> backup(const backup_request& wanted) = 0;

  /// Flushes what is derived and closes. Further calls fail.
  virtual status close() = 0;
};

} // namespace weir::storage
