#pragma once

#include "storage/row_arena.hpp"

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

namespace weir::storage {

/// Finds rows by the list that they are in (`keys::list_of`). The rows of a
/// bucket hang together by `kept_row::next_listed`, so that adding one touches
/// neither older rows nor the heap; to visit a list is to look at its bucket.
/// Not thread-safe.
class row_lists {
public:
  /// A row of a listed kind; it is in no other lists, and must outlive these.
  void add(kept_row& row);

  /// Asks for the memory that `add` of a row of this key is going to touch.
  void bring_near(std::string_view key) const;

  using visitor = std::function<void(const kept_row&)>;
  /// Rows of a list that were not dropped, in no order.
  void each(std::string_view list, const visitor& visit) const;

private:
  std::vector<kept_row*> buckets_; ///< empty until there is a row
};

} // namespace weir::storage
