#pragma once

#include "storage/record_codec.hpp"
#include "storage/view.hpp"
#include "storage/view_rows.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::storage {

/// Collects what one group of records changes in the view, so that later
/// records of the group see what earlier ones did. Writing and replaying go
/// through the same functions: a rebuilt view equals the one that was lost.
/// After an error the editor must be dropped.
class view_editor {
public:
  /// What a commit builds on: the row of its job, and those of the events that it finishes, in its order.
  struct ground {
    std::optional<job_row> stand;
    std::vector<std::optional<pending_row>> waiting;
  };

  view_editor(const view& base, const meta_row& meta) : base_(base), meta_(meta) {}

  /// Looks at once for rows that `accept` of such an event and the question for its id are going to need.
  [[nodiscard]] status look_ahead(const std::vector<const weir::event*>& events);

  // -- rows as of now -----------------------------------------------------------
  [[nodiscard]] result<std::optional<job_row>> job(const job_id& job);
  [[nodiscard]] result<std::optional<pending_row>> pending(const job_id& job, log_position position);
  [[nodiscard]] result<std::optional<event_row>> event(const std::string& id, const std::string& source);
  [[nodiscard]] result<std::optional<letter_row>> letter(const std::string& id);
  [[nodiscard]] result<std::optional<answer_record>> answer(const std::string& key);
  [[nodiscard]] result<std::optional<timer_row>> timer(timestamp due, const std::string& id);
  [[nodiscard]] result<std::optional<waiting_row>> outbox(const outbox_key& row);
  [[nodiscard]] result<ground> ground_of(const job_commit& what);

  // -- what a record changes ----------------------------------------------------
  [[nodiscard]] status accept(const accepted_event& what);
  [[nodiscard]] status commit(const commit_record& what, log_position position);
  /// The same with what `ground_of` answered, nothing of it changed since.
  [[nodiscard]] status commit(const job_commit& what, const commit_link& link, log_position position, ground under);
  [[nodiscard]] status close_letter(const letter_closed_record& what);
  [[nodiscard]] status give(const answer_record& what);
  [[nodiscard]] status fire(const timer_fired_record& what);
  [[nodiscard]] status deliver(const std::vector<outbox_key>& rows);

  /// Numbers below `first` are no longer kept. Not in the log: retention
  /// says it again for as long as the log still has them.
  [[nodiscard]] status trim(const job_id& job, sequence first);

  /// Decodes a record of the log and does the above.
  [[nodiscard]] status replay(const log_record& record);

  [[nodiscard]] const view& base() const noexcept {
    return base_;
  }
  /// All changed rows, the meta row among them.
  [[nodiscard]] staged_rows take(log_position covered, std::uint64_t group);
  [[nodiscard]] const meta_row& meta() const noexcept {
    return meta_;
  }
  [[nodiscard]] std::size_t changed() const noexcept {
    return changes_.size();
  }

private:
  struct key_hash {
    using is_avalanching = void; // spares the table its own mixing
    std::size_t operator()(std::string_view key) const noexcept {
      return xxh3_64(key);
    }
  };

  template <class Row>
  result<std::optional<Row>> row(const std::string& key);
  [[nodiscard]] result<std::optional<std::string>> value(const std::string& key);
  void put(std::string key, std::string value);
  /// A row under a key that never had one.
  void put_new(std::string key, std::string value);
  void erase(std::string key);

  [[nodiscard]] status note_attempts(const job_commit& what);
  [[nodiscard]] status finish(const job_commit& what, log_position position, std::optional<pending_row> waiting);
  void note_entries(const job_commit& what, log_position position);
  void note_effects(const job_commit& what);
  [[nodiscard]] status note_asked(const job_commit& what);
  [[nodiscard]] status count_row(const std::string& sink, bool added);
  [[nodiscard]] status forget_old_answers(timestamp now);

  const view& base_;
  meta_row meta_;
  staged_rows changes_;
  /// Keys of events without a row in `base_`, but for what `changes_` has: while this lives nobody else changes rows.
  boost::unordered_flat_set<std::string, key_hash> missing_;
};

} // namespace weir::storage
