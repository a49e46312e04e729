#pragma once

#include "domain/error.hpp"
#include "net/gateway.hpp"
#include "net/http_message.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace weir::net {

/// The JSON text of one problem (RFC 9457). `instance` "" leaves it out.
[[nodiscard]] std::string problem_body(const error& why, std::string_view instance);

/// A problem as an answer. 429, 503 and 507 carry Retry-After (at least 1 s).
[[nodiscard]] http_response problem(const error& why, std::string_view instance,
                                    std::chrono::milliseconds retry_after = {});
[[nodiscard]] http_response problem(const refusal& why, std::string_view instance);

/// A JSON answer.
[[nodiscard]] http_response json_response(unsigned status, std::string body);

/// RateLimit-Policy and RateLimit of the ingest door.
void add_admission(http_response& response, const admission_state& door);

/// Whole seconds, rounded up, at least 1.
[[nodiscard]] long long retry_seconds(std::chrono::milliseconds wait) noexcept;

} // namespace weir::net
