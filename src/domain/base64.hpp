#pragma once

#include "domain/result.hpp"

#include <string>
#include <string_view>

namespace weir {

/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// RFC 4648 section 5, without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// Strict: padding required, no line breaks, unused bits zero.
/// @returns `errc::validation_failed` otherwise.
[[nodiscard]] result<std::string> base64_decode(std::string_view text);

/// Strict: no padding, unused bits zero.
/// @returns `errc::validation_failed` otherwise.
[[nodiscard]] result<std::string> base64url_decode(std::string_view text);

} // namespace weir
