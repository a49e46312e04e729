#pragma once

#include "telemetry/log.hpp"

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

namespace weir::log {

/// What every line starts with.
struct line_head {
  std::chrono::sys_time<std::chrono::microseconds> at;
  level severity = level::info;
  std::string_view id;
  std::string_view node; ///< left out when empty
};

/// Longest value in bytes; what is longer is cut and ends in "...".
inline constexpr std::size_t max_value_bytes = 1024;

/// One line without the line end. Whatever the values hold, the answer has
/// printable ASCII only, so that nobody can forge a second line or drive a
/// terminal.
[[nodiscard]] std::string format_line(format shape, const line_head& head, std::initializer_list<field> fields);

/// The name of a key as it stands in a line.
[[nodiscard]] std::string_view name_of(key which) noexcept;

/// "debug", "info", "warn", "error", "off".
[[nodiscard]] std::string_view name_of(level severity) noexcept;

} // namespace weir::log
