#pragma once

#include "domain/result.hpp"
#include "net/http_message.hpp"
#include "net/server_options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

/// The name of the token that `secret` matches. Takes the same time for
/// every wrong secret of one length.
[[nodiscard]] std::optional<std::string> match_token(const std::vector<access_token>& tokens, std::string_view secret);

/// The secret of "Bearer <secret>" (the scheme in any case), or nothing.
[[nodiscard]] std::optional<std::string_view> bearer_of(std::string_view authorization) noexcept;

/// Whether the request may pass. @returns the caller's name, the remote
/// address when no tokens are configured, or `errc::unauthenticated`.
[[nodiscard]] result<std::string> authenticate(const http_request& head, const std::vector<access_token>& tokens);

/// "127.0.0.0/8", "::1" and "localhost", with or without a port.
[[nodiscard]] bool is_loopback_host(std::string_view authority) noexcept;
[[nodiscard]] bool is_loopback_address(std::string_view address) noexcept;

/// Against DNS rebinding. On loopback the Host must be a loopback name or in
/// `allowed`; elsewhere only a list that is not empty counts.
[[nodiscard]] bool host_allowed(const http_request& head, bool on_loopback, const std::vector<std::string>& allowed);

/// Against cross-site use: no Origin (not a browser), the own host, or listed.
[[nodiscard]] bool origin_allowed(const http_request& head, const std::vector<std::string>& allowed);

/// Base64url without padding. @returns nothing for other input.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

} // namespace weir::net
