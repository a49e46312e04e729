#pragma once

#include "domain/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// Numbers with units, as people write them in files, variables and flags.
/// A bare number is refused: its unit would be a guess.
namespace weir::app {

/// "250ms", "5s", "10m", "24h", "7d"; whole numbers, no sums.
[[nodiscard]] result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "0B", "64KiB", "1MiB", "10GiB", also "kB", "MB", "GB".
[[nodiscard]] result<std::uint64_t> parse_size(std::string_view text);

/// "1000/s", "60/m", in events a second, rounded up; "0/s" is no limit.
[[nodiscard]] result<std::uint64_t> parse_rate(std::string_view text);

/// A whole number without sign, decimal, nothing around it.
[[nodiscard]] result<std::uint64_t> parse_count(std::string_view text);

/// The shortest text that `parse_duration` reads back to the same value.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds value);
[[nodiscard]] std::string format_size(std::uint64_t bytes);
[[nodiscard]] std::string format_rate(std::uint64_t per_second);

} // namespace weir::app
