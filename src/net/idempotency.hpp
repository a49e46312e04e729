#pragma once

#include "domain/result.hpp"
#include "net/http_message.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace weir::net {

/// Reads Idempotency-Key: a structured-field string ("abc", quotes and
/// backslashes escaped) or the bare key. 1-255 printable ASCII characters.
[[nodiscard]] result<std::string> parse_idempotency_key(std::string_view value);

/// 32 hex digits of SHA-256 over method, path and body.
[[nodiscard]] std::string request_fingerprint(std::string_view method, std::string_view path, std::string_view body);

/// "wait=N" of a Prefer header, 0 when there is none; never more than `most`.
[[nodiscard]] std::chrono::seconds preferred_wait(std::string_view prefer, std::chrono::seconds most);

} // namespace weir::net
