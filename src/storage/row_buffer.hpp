#pragma once

#include "domain/probe_table.hpp"
#include "storage/hashed_key.hpp"
#include "storage/pending_counts.hpp"
#include "storage/row_arena.hpp"
#include "storage/row_lists.hpp"
#include "storage/staged_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::storage {

/// Rows on their way into the view, and rows seen lately. What several groups
/// change is written once: a row that was made and is gone again before its
/// turn is never written. Three generations: those that wait, those that are
/// being written, and those remembered since, so that the commit of an event
/// that was just accepted asks the tables for nothing. One table finds the
/// newest row of a key in all of them. Not thread-safe.
class row_buffer {
public:
  row_buffer();

  /// @returns null when the row is not known here; else the newest row, which
  ///   may be known to be missing. Valid until the next call.
  [[nodiscard]] const kept_row* find(hashed_key key);

  /// Takes those out that `find` would find.
  void erase_known(std::vector<std::string>& keys);

  /// Asks for what the look-up of a key of this hash reads first, and a little later for what it reads then.
  void bring_place_near(std::uint64_t hash) const;
  void bring_row_near(std::uint64_t hash) const;

  /// What the tables answered for a key that is not known here.
  void remember(hashed_key key, const std::optional<std::string>& value);

  /// Rows by key that the tables do not have yet, or have since a moment ago; nothing: it is gone.
  using fresh_rows = std::map<std::string, std::optional<std::string>, std::less<>>;
  /// Adds the row of this key, if it is known here.
  void collect(const std::string& key, fresh_rows& out) const;
  /// Adds those under this prefix; by a look at every row when it is no list (`keys::is_list`).
  void collect_under(const std::string& prefix, fresh_rows& out) const;

  /// The tables hold this pending event already: once for each, before anything is added.
  void found_pending(std::string_view key);
  /// Whether the tables hold nothing under this prefix of pending events, but for what `collect_under` adds.
  [[nodiscard]] bool is_all(std::string_view prefix) const;

  /// Takes what one group changes.
  void add(const staged_rows& rows);

  [[nodiscard]] bool is_empty() const noexcept {
    return waiting_->size() == 0;
  }
  /// Enough waits to be worth a write.
  [[nodiscard]] bool is_due() const noexcept;
  /// More waits than may.
  [[nodiscard]] bool is_full() const noexcept;

  /// All that waits, to be written (rows that were dropped among it); nothing else may be under way.
  [[nodiscard]] const row_arena& begin();
  /// The tables have them: notes that for `most` of them, for whoever waits for the
  /// lock meanwhile. @returns whether all are noted, so that `end` may be called.
  [[nodiscard]] bool note_written(std::size_t most);

  /// What nobody asks for any more. To free it takes a while.
  struct remains {
    std::unique_ptr<row_arena> rows;
    row_lists listed;
  };
  /// Nothing is being written any more.
  [[nodiscard]] remains end();

private:
  [[nodiscard]] kept_row** newest_of(hashed_key key);
  /// Asks for rows behind `at` and for their places.
  void bring_ahead(const std::vector<kept_row*>& rows, std::size_t at) const;
  void merge(hashed_key key, const staged_row& changed);
  static void collect_under(const row_arena& rows, const row_lists& listed, const std::string& prefix, fresh_rows& out);
  void count_written(const kept_row& row);
  void note_written(kept_row& row);
  /// Forgets rows of the old half, as many as are given, then lets the young one be old.
  [[nodiscard]] bool forget(std::size_t most);
  probe_table<kept_row*> newest_; ///< of each key
  std::unique_ptr<row_arena> waiting_;
  std::unique_ptr<row_arena> writing_; ///< null: nothing is
  std::unique_ptr<row_arena> young_;
  std::unique_ptr<row_arena> old_;
  row_lists listed_waiting_;  ///< of `waiting_`
  row_lists listed_writing_;  ///< of `writing_`
  std::size_t noted_ = 0;     ///< of `writing_`, by `note_written`
  std::size_t forgotten_ = 0; ///< of `old_`
  pending_counts stored_;     ///< of what is noted
};

} // namespace weir::storage
