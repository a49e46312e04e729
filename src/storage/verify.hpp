#pragma once

#include "storage/log_reader.hpp"
#include "storage/store.hpp"
#include "storage/stream_reader.hpp"
#include "storage/view.hpp"
#include "storage/view_rows.hpp"

#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace weir::storage {

/// Compares everything that the view says with everything that the log says,
/// as of one moment, while the store goes on.
class verification {
public:
  verification(const view& rows, std::shared_ptr<const segment_table> segments,
               std::function<void(std::uint64_t, std::uint64_t)> progress);

  [[nodiscard]] result<verify_report> run();

private:
  struct job_chain {
    sequence last = 0;
    std::uint64_t hash = 0;
  };
  [[nodiscard]] status walk_log();
  [[nodiscard]] status walk_jobs();
  [[nodiscard]] status walk_entries(const job_id& job, const job_row& row);
  [[nodiscard]] status walk_pending();
  [[nodiscard]] status walk_letters();
  void check_entry(const job_id& job, sequence seq, std::string_view value);
  void check_event_row(const job_id& job, const stream_entry& entry);
  void check_record(const log_record& record);
  void check_commit(const log_record& record);
  void check_totals();
  void report_bad_group(log_position from, log_position to, const std::string& why);
  void find(job_id job, sequence seq, std::string what);

  view::reader rows_;
  std::shared_ptr<const segment_table> segments_;
  log_reader log_;
  stream_reader entries_;
  std::function<void(std::uint64_t, std::uint64_t)> progress_;
  meta_row meta_;
  verify_report report_;
  std::unordered_map<job_id, job_chain> chains_;
  std::unordered_set<log_position> waiting_; ///< accepted and not finished, by the log
  std::uint64_t open_letters_ = 0;
  std::uint64_t pending_ = 0;
  std::uint64_t pending_bytes_ = 0;
  bool log_is_whole_ = true; ///< else what the log lacks is said once, where it is
};

} // namespace weir::storage
