#pragma once

#include "storage/store.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace weir::storage {

struct memory_options {
  std::array<std::uint8_t, 16> random{}; ///< names the store: same bytes, same epochs
  std::chrono::hours dedupe_window{24};
};

/// Keeps everything in memory: for tests and for nodes that may forget. What
/// is staged is as good as durable, and seen at once, unless `before_sync` may
/// refuse it; who asks for what is pending sees it then too, as nobody waits. All state is in the object, so a test
/// "restarts" a node by keeping the store. Positions are 1, 2, 3 ...: the same calls give the same answers.
class memory_store final : public store {
public:
  explicit memory_store(memory_options opts = {});
  ~memory_store() override;

  /// Asked before each batch, while nothing is applied: an error becomes the
  /// answer of `stage`. After `storage_unavailable` all writes fail alike
  /// until `revive`. Set it while nobody writes.
  std::function<std::optional<error>(const write_batch&)> before_write;

  /// Asked by each `sync`: an error becomes its answer, and nothing of what was
  /// staged has happened. Set it while nothing is staged.
  std::function<std::optional<error>()> before_sync;

  /// Whether such a `sync` is to come.
  [[nodiscard]] bool has_staged() const;

  /// Answers `trim`, which otherwise drops nothing: a memory store keeps
  /// everything. Set it while nobody trims.
  std::function<result<trim_report>()> on_trim;

  /// Answers `verify` instead. Set it while nobody verifies.
  std::function<result<verify_report>(const verify_progress&)> on_verify;

  /// Answers `backup`, which is otherwise `unsupported`: there are no files.
  std::function<result<backup_report>(const backup_request&)> on_backup;

  /// Called before a page of a stream is read: what happens between two
  /// questions. Set it while nobody reads.
  std::function<void(const job_id&, sequence after)> before_stream;

  /// Shows the job as if retention had dropped what is in front of `first`.
  void trim_job(const job_id& job, sequence first);

  /// What a restarted process would find: open again, nothing lost.
  void revive();

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
  disk_report disk() const override; ///< always well
  result<trim_report> trim(timestamp now) override;
  result<verify_report> verify(const verify_progress& progress) const override;
  result<backup_report> backup(const backup_request& wanted) override;
  status close() override;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace weir::storage
