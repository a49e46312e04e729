#pragma once

#include "domain/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace weir {

/// Deepest nesting that a patch or what it changes may have.
inline constexpr std::size_t max_patch_depth = 100;

/// RFC 7396: what `patch` makes of `target`. Values that the patch does not
/// name keep their bytes, so numbers keep their digits.
/// @param target one JSON value, or "" for none.
/// @returns `malformed_json` when one of them is not JSON, `too_deep`.
[[nodiscard]] result<std::string> merge_patch(std::string_view target, std::string_view patch);

/// `object` with one member more; one of this name before is replaced.
/// @param object a JSON object, or "" for none.
/// @param value one JSON value.
/// @returns `malformed_json`, `validation_failed` when `object` is none.
[[nodiscard]] result<std::string> with_member(std::string_view object, std::string_view name, std::string_view value);

} // namespace weir
