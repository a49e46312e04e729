#pragma once

#include "storage/log_reader.hpp"
#include "storage/store.hpp"
#include "storage/stream_reader.hpp"
#include "storage/verify_log.hpp"
#include "storage/view.hpp"
#include "storage/view_rows.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace weir::storage {

/// What is verified.
struct verified_store {
  const view& rows;
  std::shared_ptr<const segment_table> segments;
  std::filesystem::path directory;
  store_uuid store_id{};
  std::string unusable_view; ///< why the view on disk was not opened, or ""
  view::garbage_test is_garbage;
};

/// Compares everything that the view says with everything that the log says,
/// as of one moment, while the store goes on. Nothing may drop files meanwhile.
class verification {
public:
  verification(verified_store what, verify_progress progress);

  [[nodiscard]] result<verify_report> run();

private:
  /// The walk over the log is half of the work, the walk over the view the other.
  [[nodiscard]] bool tell(std::uint64_t done);
  [[nodiscard]] status tell_row();
  /// A scan that met damage is a finding, anything else ends the run.
  [[nodiscard]] status survive(const status& scanned, const char* what);
  /// Visits all rows with the prefix, looking now and then whether to go on.
  [[nodiscard]] status walk(std::string_view prefix, const char* what,
                            const std::function<void(std::string_view key, std::string_view value)>& visit);

  [[nodiscard]] status walk_log();
  [[nodiscard]] status walk_jobs();
  [[nodiscard]] status walk_entries(const job_id& job, const job_row& row);
  [[nodiscard]] status walk_pending();
  [[nodiscard]] status walk_letters();
  [[nodiscard]] status walk_events();
  [[nodiscard]] status walk_documents();
  [[nodiscard]] status walk_answers();
  [[nodiscard]] status walk_outbox();
  [[nodiscard]] status walk_sinks();
  [[nodiscard]] status walk_timers();
  void check_owed(std::string_view key, std::string_view value);
  [[nodiscard]] status take_digest();
  void check_job(const job_id& job, const job_row& row);
  void check_entry(const job_id& job, const stream_place& place);
  void check_event_row(const job_id& job, const stream_entry& entry);
  void check_id(std::string_view key, const event_row& row);
  [[nodiscard]] bool is_entry_of(const event_row& row) const;
  void check_pending(const job_id& job, log_position position, const pending_row& row);
  void check_letter(std::string_view id, const dead_letter& letter);
  [[nodiscard]] bool check_answer(std::string_view key, std::string_view value) const;
  void check_leftovers();
  void check_totals();
  void find(job_id job, sequence seq, std::string what, log_position position = 0);

  view::reader rows_;
  verified_store what_;
  log_reader log_;
  stream_reader entries_;
  verify_progress progress_;
  meta_row meta_;
  verify_report report_;
  log_account account_;
  std::uint64_t log_bytes_ = 0; ///< half of the work
  std::uint64_t rows_seen_ = 0;
  std::uint64_t dropped_entries_ = 0; ///< numbers in front of the first of each job
  std::uint64_t open_letters_ = 0;
  std::uint64_t pending_ = 0;
  std::uint64_t pending_bytes_ = 0;
  std::uint64_t timers_ = 0;
  std::uint64_t outbox_ = 0;
  std::map<std::string, std::uint64_t, std::less<>> sinks_; ///< rows that wait for each
};

} // namespace weir::storage
