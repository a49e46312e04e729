#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir::rules {

/// What a value can be made into.
enum class cast_target : std::uint8_t {
  number,  ///< of a JSON number as text, too
  integer, ///< the same, without a fraction and at most 2^53 in size
  string,  ///< of a number or boolean, as JSON writes it
  boolean, ///< of true, false, 1, 0 and these as text
  time,    ///< RFC 3339 in UTC; of any offset, of seconds or (from 10^11) milliseconds since 1970
};

[[nodiscard]] std::optional<cast_target> cast_target_of(std::string_view name) noexcept;
[[nodiscard]] std::string_view to_string(cast_target target) noexcept;

/// Blanks at both ends of a text do not count.
/// @returns nothing when the value cannot be made into that.
[[nodiscard]] std::optional<nlohmann::json> cast_value(const nlohmann::json& value, cast_target target);

/// Without the blanks (space, tab, line breaks) at both ends.
[[nodiscard]] std::string_view without_blanks(std::string_view text) noexcept;

} // namespace weir::rules
