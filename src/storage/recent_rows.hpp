#pragma once

#include "storage/view.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace weir::storage {

/// Rows that the writer has read or written lately, so that the commit of an
/// event that was just accepted asks RocksDB for nothing. Two halves: when the
/// young one is full, the old one is forgotten. One thread.
class recent_rows {
public:
  /// @returns null when the row is not remembered; else the row, which may
  ///   be known to be missing. Valid until the next call.
  [[nodiscard]] const std::optional<std::string>* find(const std::string& key) {
    if (const auto young = young_.find(key); young != young_.end())
      return &young->second;
    const auto old = old_.find(key);
    if (old == old_.end())
      return nullptr;
    auto kept = old_.extract(old);
    return &young_.insert(std::move(kept)).position->second;
  }

  void remember(std::string key, std::optional<std::string> value) {
    if (young_.size() >= most_young) {
      old_ = std::move(young_);
      young_.clear();
    }
    young_.insert_or_assign(std::move(key), std::move(value));
  }

  void remember(staged_rows rows) {
    while (!rows.empty()) {
      auto row = rows.extract(rows.begin());
      remember(std::move(row.key()), std::move(row.mapped()));
    }
  }

private:
  static constexpr std::size_t most_young = 32'768;
  staged_rows young_;
  staged_rows old_;
};

} // namespace weir::storage
