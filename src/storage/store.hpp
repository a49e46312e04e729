#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "domain/stream.hpp"
#include "storage/backup_report.hpp"
#include "storage/disk_state.hpp"
#include "storage/outbox.hpp"
#include "storage/read_results.hpp"
#include "storage/verify_report.hpp"
#include "storage/write_batch.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace weir::storage {

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

  /// Entries with seq > `after`, ascending; ask the page whether there is a hole in front of them.
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
