#pragma once

#include "storage/store.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace weir::storage {

/// How much history the log keeps; 0: no limit. Counts in whole segments, so
/// somewhat more is kept, and the segment that is written to always stays.
struct retention_limits {
  std::chrono::milliseconds age{0};
  std::uint64_t bytes = 0;
};

/// How far a start is with what its view lacks of the log.
struct replay_progress {
  log_position position = 0; ///< everything before is in the view, or about to be
  std::uint64_t done = 0;    ///< bytes of the log
  std::uint64_t total = 0;   ///< as far as known
  bool rebuilds = false;     ///< all of the view, and not only its end

  /// 0 to 99: nothing is over before the start is.
  [[nodiscard]] int percent() const noexcept {
    return total == 0 ? 0 : static_cast<int>(std::min<std::uint64_t>(99, done * 100 / total));
  }
};

struct embedded_options {
  std::filesystem::path directory;
  std::size_t segment_bytes = std::size_t{64} << 20;
  bool sync = true; ///< durability: fsync (true) or os
  std::chrono::hours dedupe_window{24};
  std::uint64_t disk_floor_bytes = std::uint64_t{512} << 20; ///< less free: no appends; 0: no guard
  std::uint64_t disk_floor_percent = 100;                    ///< of the file system; the smaller of both counts
  int view_files = 256;                                      ///< most files that the view keeps open
  retention_limits retention;
  bool accept_data_loss = false; ///< open although acknowledged data is gone
  bool read_only = false;        ///< changes nothing on disk: for `verify` of a stopped node
  /// Told often, on the calling thread, while the log is replayed. @returns false to stop: `open` answers `timed_out`.
  std::function<bool(const replay_progress&)> progress;
};

/// What opening the store found.
struct recovery_report {
  std::uint64_t jobs = 0;
  std::uint64_t events = 0;  ///< accepted and not finished
  std::uint64_t entries = 0; ///< of all streams
  std::uint64_t replayed_records = 0;
  std::uint64_t cut_bytes = 0; ///< of a torn, never acknowledged tail
  bool rebuilt_view = false;
  bool set_aside_view = false; ///< there was one that could not be used
  bool first_run = false;
  bool lost_data = false; ///< `accept_data_loss` was needed
  std::string detail;     ///< what was rebuilt or given up, and why; "" when nothing
};

/// The log is the truth, RocksDB is a view of it: docs/storage-format.md.
class embedded_store final : public store {
public:
  /// @param random names a new store, and a new incarnation after lost data.
  /// @returns `storage_damaged` when acknowledged data cannot be read,
  ///   `unsupported` for a newer format, `state_conflict` when another
  ///   process has the directory, `disk_full`, `storage_unavailable`.
  [[nodiscard]] static result<std::unique_ptr<embedded_store>> open(embedded_options opts, timestamp now,
                                                                    const std::array<std::uint8_t, 16>& random);
  ~embedded_store() override;

  [[nodiscard]] recovery_report recovery() const;

  result<write_outcome> stage(const write_batch& batch) override;
  status sync() override;
  result<job_snapshot> load_job(const job_id& job) const override;
  result<job_start> start_job(const job_id& job, page_limit limit,
                              const std::vector<event_ptr>& at_hand) const override;
  result<pending_page> pending(const job_id& job, log_position after, page_limit limit) const override;
  result<std::vector<job_id>> unfinished_jobs(const job_id& after, std::size_t limit) const override;
  result<std::vector<pending_amount>> pending_amounts(const job_id& after, std::size_t limit) const override;
  result<stream_page> stream(const job_id& job, sequence after, page_limit limit) const override;
  result<event_report> find_event(const std::string& id, const std::string& source) const override;
  result<record_put> record(const std::string& collection, const std::string& key) const override;
  result<record_page> records(const std::string& collection, const std::string& after_key,
                              std::size_t limit) const override;
  result<job_page> jobs(const job_id& after, std::size_t limit) const override;
  result<dead_letter_page> dead_letters(const dead_letter_filter& filter, const std::string& after_id,
                                        std::size_t limit) const override;
  result<std::pair<dead_letter, event_ptr>> find_dead_letter(const std::string& id) const override;
  result<outbox_page> outbox(const outbox_key& after, std::size_t limit) const override;
  result<std::vector<sink_backlog>> outbox_stats() const override;
  result<timer_page> timers(timestamp until, std::size_t limit) const override;
  store_stats stats() const override;
  disk_report disk() const override;
  result<trim_report> trim(timestamp now) override;
  result<verify_report> verify(const verify_progress& progress) const override;
  result<backup_report> backup(const backup_request& wanted) override;
  status close() override;

  struct state; ///< see embedded_state.hpp

private:
  explicit embedded_store(std::unique_ptr<state> opened);
  std::unique_ptr<state> state_;
};

} // namespace weir::storage
