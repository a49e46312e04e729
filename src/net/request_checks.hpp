#pragma once

#include "domain/result.hpp"
#include "net/http_message.hpp"
#include "net/server_options.hpp"

#include <cstddef>
#include <string_view>

namespace weir::net {

/// What the HTTP parser lets pass and Weir does not. All of it is decided
/// before the body is read; a refused request ends its connection.

/// Looks at the raw bytes of a request that has not ended yet: size, target
/// length, line ends.
[[nodiscard]] status check_partial_head(std::string_view bytes, const http_limits& limits);

/// Looks at the raw bytes from the request line to the empty line, both
/// included: also folding, leading space, bytes of the target, number of headers.
[[nodiscard]] status check_head(std::string_view block, const http_limits& limits);

/// Looks at the parsed head; fills `path` and `query`.
[[nodiscard]] status validate_request(http_request& head);

/// "host", "host:port", "[::1]:port"; what a Host header may hold.
[[nodiscard]] bool is_authority(std::string_view text) noexcept;

/// Reads the target of a request into decoded path segments and query pairs.
[[nodiscard]] status parse_target(http_request& head);

/// Longest chunk extension.
inline constexpr std::size_t max_chunk_extension = 1024;

} // namespace weir::net
