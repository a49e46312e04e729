#pragma once

#include "storage/log_reader.hpp"
#include "storage/store.hpp"
#include "storage/view.hpp"
#include "storage/view_rows.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::storage {

/// What the log says, gathered by one walk from its first segment to where
/// the view ends. What retention dropped is not known any more: then nothing
/// is expected of it.
struct log_account {
  struct job_account {
    sequence last = 0;
    std::uint64_t hash = 0;
    std::uint64_t fence = 0;
    std::optional<job_mode> mode; ///< nothing: no commit set it
    std::map<std::string, source_cursor, std::less<>> cursors;
    log_position segment = 0;       ///< of the last commit
    bool first_fits = false;        ///< a segment ended where the view's first number begins
    sequence first_in_view = 1;     ///< 0: the view does not know the job
    std::size_t damages_before = 0; ///< how many damaged ranges lay in front of the last commit
  };
  struct letter_account {
    std::string state;                 ///< "open", "replayed", "discarded"
    std::optional<dead_letter> letter; ///< nothing: its commit was dropped
    timestamp closed_at{};
  };
  /// A write to a row that shows something else; a later one must explain it.
  struct unseen_write {
    job_id job;
    sequence seq = 0;
    log_position position = 0;
    std::string key;
  };
  struct unseen_answer {
    timestamp at{};
    log_position position = 0;
    std::string key;
  };

  /// A row for a sink, or a timer, that must be in the view.
  struct owed_row {
    job_id job;
    log_position position = 0; ///< of the commit that asked for it
    std::uint64_t hash = 0;    ///< of the value
  };

  log_position floor = first_log_position;
  std::uint64_t records = 0;
  std::unordered_map<job_id, job_account> jobs;
  /// Accepted and not finished, with the number of failed runs; nothing: not known.
  std::unordered_map<log_position, std::optional<std::size_t>> waiting;
  std::map<std::string, letter_account, std::less<>> letters;
  std::unordered_map<std::uint64_t, unseen_write> unseen; ///< by hash of the row's key
  std::vector<std::uint64_t> written;                     ///< hashes of keys of records and states, sorted at the end
  std::map<std::string, unseen_answer> unseen_answers;
  timestamp newest_answer{};
  std::map<std::string, owed_row, std::less<>> owed;          ///< by key of the view: neither delivered nor fired
  std::vector<std::pair<log_position, log_position>> damaged; ///< ranges, ascending

  [[nodiscard]] bool trimmed() const noexcept {
    return floor != first_log_position;
  }
  /// Whether a later record may have been lost that changed what this one said.
  [[nodiscard]] bool may_have_changed(log_position position) const noexcept {
    return !damaged.empty() && position < damaged.back().second;
  }
  /// Whether the record was in front of the log, or in a part that is damaged.
  [[nodiscard]] bool cannot_know(log_position position) const noexcept;
};

/// The walk itself. Compares on the way what needs no order: the rows of the
/// view that a record makes are there.
class log_walk {
public:
  /// @param look called for each group; false stops the walk with `timed_out`.
  log_walk(const view::reader& rows, std::shared_ptr<const segment_table> segments, log_position end,
           verify_report& report, std::function<bool(log_position)> look);

  [[nodiscard]] status run();

  [[nodiscard]] log_account take() && {
    return std::move(account_);
  }

private:
  [[nodiscard]] status take_kept();
  [[nodiscard]] status pass_damage(log_scanner& scanner, const std::string& why);
  void enter(log_position position);
  [[nodiscard]] status check_group(const log_group& group);
  [[nodiscard]] status check_record(const log_record& record);
  void check_padding(const log_record& record);
  [[nodiscard]] status check_commit(const log_record& record);
  [[nodiscard]] status begin_job(const commit_record& commit, log_account::job_account& job);
  void check_chain(const commit_record& commit, const log_record& record);
  void check_events(const commit_record& commit);
  void check_emitted(const commit_record& commit);
  void check_letters(const commit_record& commit);
  [[nodiscard]] status check_effects(const commit_record& commit);
  [[nodiscard]] status check_row(const commit_record& commit, std::string key,
                                 const std::optional<std::string>& wanted);
  void check_outgoing(const commit_record& commit);
  void owe(const commit_record& commit);
  void check_fired(const timer_fired_record& fired);
  void check_delivered(const std::vector<outbox_key>& rows);
  void check_paid(const std::string& key);
  void check_closed(const letter_closed_record& closed);
  [[nodiscard]] status check_answer(const answer_record& answer);
  void find(const job_id& job, sequence seq, std::string what);

  const view::reader& rows_;
  std::shared_ptr<const segment_table> segments_;
  log_position end_;
  verify_report& report_;
  std::function<bool(log_position)> look_;
  log_account account_;
  log_position at_ = 0; ///< of the record at hand
  log_position group_at_ = 0;
  segment_file segment_; ///< of the group at hand
  log_position next_segment_ = 0;
};

} // namespace weir::storage
