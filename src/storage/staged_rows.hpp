#pragma once

#include "domain/hash.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
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

/// Hash of a key of the view.
struct key_hash {
  using is_avalanching = void; // spares the table its own mixing
  std::size_t operator()(std::string_view key) const noexcept {
    return xxh3_64(key);
  }
};

/// Rows to change at once.
using staged_rows = boost::unordered_flat_map<std::string, staged_row, key_hash>;

} // namespace weir::storage
