#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace weir::storage {

/// A row to change: nothing means that it goes.
struct staged_row {
  staged_row() = default;
  staged_row(std::optional<std::string> changed, bool is_first = false) // NOLINT(google-explicit-constructor)
      : value(std::move(changed)), is_new(is_first) {}

  std::optional<std::string> value;
  bool is_new = false; ///< the view never had a row under this key
};

/// Rows to change at once.
using staged_rows = std::unordered_map<std::string, staged_row>;

} // namespace weir::storage
