#pragma once

#include "storage/verify.hpp"

#include <functional>

namespace weir::storage {

/// Reads what the walks do not read: the headers and the unused ends of
/// segments, the files of kept events, the base, the high-water mark, and
/// every block of the view's files.
/// @param go_on asked between files; false ends it with `timed_out`.
[[nodiscard]] status check_files(const verified_store& what, verify_report& report, const std::function<bool()>& go_on);

} // namespace weir::storage
