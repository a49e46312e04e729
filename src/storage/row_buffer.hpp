#pragma once

#include "storage/staged_rows.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace weir::storage {

/// Rows on their way into the view, and rows seen lately. What several groups
/// change is written once: a row that was made and is gone again before its
/// turn is never written. Three generations: those that wait, those that are
/// being written, and those remembered since, so that the commit of an event
/// that was just accepted asks the tables for nothing. Not thread-safe.
class row_buffer {
public:
  /// @returns null when the row is not known here; else the newest row, which
  ///   may be known to be missing. Valid until the next call.
  [[nodiscard]] const std::optional<std::string>* find(const std::string& key);

  /// What the tables answered for a key that is not known here.
  void remember(std::string key, std::optional<std::string> value);

  /// Rows by key that the tables do not have yet, or have since a moment ago; nothing: it is gone.
  using fresh_rows = std::map<std::string, std::optional<std::string>, std::less<>>;
  /// Adds those under this key, and those under this prefix if its kind is listed (`keys::is_listed`).
  void collect(const std::string& prefix, fresh_rows& out) const;

  /// Takes what one group changes.
  void add(staged_rows rows);

  [[nodiscard]] bool is_empty() const noexcept {
    return waiting_.empty();
  }
  /// Enough waits to be worth a write.
  [[nodiscard]] bool is_due() const noexcept;
  /// More waits than may.
  [[nodiscard]] bool is_full() const noexcept;

  /// All that waits, to be written; nothing else may be under way.
  [[nodiscard]] const staged_rows& begin();
  /// The tables have them.
  void written();

private:
  /// The rows of listed kinds in order; keys and rows lie in the nodes of the tables.
  using listed_rows = std::map<std::string_view, const staged_row*>;

  void merge(staged_rows::node_type row);
  /// Makes room for one more: when the young half is full, the old one is forgotten.
  void age();

  staged_rows waiting_;
  staged_rows writing_;
  listed_rows listed_waiting_; ///< of `waiting_`
  listed_rows listed_writing_; ///< of `writing_`
  std::size_t bytes_ = 0;      ///< of what waits; at least
  staged_rows young_;
  staged_rows old_;
};

} // namespace weir::storage
