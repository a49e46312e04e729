#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir::app {

/// How many insertions, deletions, replacements and swaps of neighbours lie
/// between two words.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that was probably meant, or "" when none is close.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

} // namespace weir::app
