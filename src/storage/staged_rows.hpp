#pragma once

#include "domain/probe_table.hpp"
#include "storage/hashed_key.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::storage {

/// A row to change: nothing means that it goes.
struct staged_row {
  staged_row() = default;
  staged_row(std::optional<std::string> changed, bool is_first = false) // NOLINT(google-explicit-constructor)
      : value(std::move(changed)), is_new(is_first) {}

  std::optional<std::string> value;
  bool is_new = false; ///< the view never had a row under this key
};

/// Rows to change at once, one for each key, in the order in which they were
/// first changed: what one commit changes lies together.
class staged_rows {
public:
  struct entry {
    std::string key; ///< empty: it came and went
    std::uint64_t hash = 0;
    staged_row row;

    [[nodiscard]] hashed_key name() const noexcept {
      return {key, hash};
    }
  };

  /// The row of this key, made when there is none. Valid until the next one is made.
  staged_row& operator[](std::string key);

  /// Null when there is none.
  [[nodiscard]] const staged_row* find(hashed_key key) const;

  /// As if it had never been there.
  void erase(hashed_key key);

  /// Without those that came and went.
  [[nodiscard]] std::size_t size() const noexcept {
    return places_.size();
  }
  /// Those that came and went among them.
  [[nodiscard]] const std::vector<entry>& entries() const noexcept {
    return entries_;
  }

private:
  using number = std::uint32_t; ///< of an entry, from 1 on

  [[nodiscard]] const number* place_of(hashed_key key) const;

  std::vector<entry> entries_;
  probe_table<number> places_;
};

} // namespace weir::storage
