#pragma once

#include "domain/stream.hpp"

#include <string>
#include <string_view>

namespace weir {

/// "dl_" + 16 lower-case hex digits of the position: sorts by position.
[[nodiscard]] std::string dead_letter_id(log_position position);

/// What makes failures alike: 16 hex digits of xxh3_64 over handler, code and
/// the detail with numbers, hex runs, UUIDs and quoted text replaced.
[[nodiscard]] std::string failure_fingerprint(std::string_view handler, std::string_view code, std::string_view detail);

/// The detail as `failure_fingerprint` sees it, for people: "score # missing".
[[nodiscard]] std::string normalised_detail(std::string_view detail);

/// What goes into a `detail` or `code` field: at most 255 bytes, cut between
/// characters; valid UTF-8 even when the text (an exception's) is not.
[[nodiscard]] std::string limited_detail(std::string_view text);

} // namespace weir
