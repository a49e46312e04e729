#pragma once

#include "storage/view.hpp"

#include <cstdint>
#include <string>

namespace weir::storage {

/// One number for everything that a view holds, in the order of the keys:
/// jobs with their cursors, states, streams, records, ids, pending events,
/// dead letters, answers, and up to where the log is covered. Views of one log
/// with the same digest answer every question alike.
struct view_digest {
  std::uint64_t rows = 0;
  std::string hash; ///< 32 hex digits
};

/// Answers to idempotency keys that nobody may use any more do not count:
/// they are forgotten piece by piece.
/// @param is_garbage further rows that may be there or not, and do not count.
/// @param go_on asked after each row; false ends it with `timed_out`.
[[nodiscard]] result<view_digest> digest_of(const view::reader& rows, const view::garbage_test& is_garbage,
                                            const std::function<bool()>& go_on);

} // namespace weir::storage
