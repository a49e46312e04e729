#pragma once

#include "domain/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace weir {

/// UTC, microseconds since 1970. Time comes in as a value; nothing in
/// `domain` asks the clock.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339 in UTC: "2026-11-22T12:00:07.413Z" (milliseconds), or with six
/// digits when the microseconds are not a multiple of 1000.
[[nodiscard]] std::string to_rfc3339(timestamp at);

/// Reads RFC 3339 section 5.6 with any offset; digits past the sixth are cut.
/// @returns `errc::validation_failed` when the text is not a valid date-time.
[[nodiscard]] result<timestamp> parse_rfc3339(std::string_view text);

} // namespace weir
