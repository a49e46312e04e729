#include "net/auth.hpp"
#include "net/ws_connection.hpp"

#include <algorithm>

namespace weir::net {

namespace {

constexpr std::string_view protocol_name = "weir.v1.json";
constexpr std::string_view bearer_prefix = "weir.bearer.";

bool lists(std::string_view header_value, std::string_view token) {
  return std::ranges::any_of(split_list(header_value), [&](auto item) { return equals_nocase(item, token); });
}

/// Sixteen bytes in base64: 22 characters and "==".
bool is_key(std::string_view key) noexcept {
  auto good = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
  };
  return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), good);
}

/// Several Sec-WebSocket-Protocol headers mean one list.
std::vector<std::string_view> offered(const http_request& upgrade) {
  std::vector<std::string_view> out;
  for (const auto& h : upgrade.headers)
    if (h.name == "sec-websocket-protocol")
      for (auto item : split_list(h.value))
        out.push_back(item);
  return out;
}

} // namespace

status check_upgrade(const http_request& upgrade, const std::vector<std::string>& allowed_origins) {
  if (upgrade.version < 11 || !lists(upgrade.header_of("connection"), "upgrade") ||
      !lists(upgrade.header_of("upgrade"), "websocket"))
    return fail(errc::upgrade_required, "this is a WebSocket: send Connection: Upgrade and Upgrade: websocket");
  if (trim(upgrade.header_of("sec-websocket-version")) != "13")
    return fail(errc::upgrade_required, "Sec-WebSocket-Version must be 13");
  if (upgrade.count_headers("sec-websocket-key") != 1 || !is_key(trim(upgrade.header_of("sec-websocket-key"))))
    return fail(errc::bad_request, "Sec-WebSocket-Key must be 16 bytes in base64");
  if (upgrade.has_header("content-length") || upgrade.has_header("transfer-encoding"))
    return fail(errc::bad_request, "an upgrade has no body");
  if (!origin_allowed(upgrade, allowed_origins))
    return fail(errc::forbidden, "this Origin may not connect");
  auto names = offered(upgrade);
  if (!names.empty() && choose_subprotocol(upgrade).empty())
    return fail(errc::bad_request, "the only subprotocol is weir.v1.json");
  return {};
}

std::string choose_subprotocol(const http_request& upgrade) {
  auto names = offered(upgrade);
  auto found = std::ranges::find(names, protocol_name) != names.end();
  return found ? std::string{protocol_name} : std::string{};
}

std::optional<std::string> offered_token(const http_request& upgrade) {
  for (auto name : offered(upgrade))
    if (name.starts_with(bearer_prefix))
      return decode_base64url(name.substr(bearer_prefix.size()));
  return std::nullopt;
}

result<ws_peer> upgrade_peer(const http_request& upgrade, const std::vector<access_token>& tokens) {
  if (tokens.empty())
    return ws_peer{upgrade.remote, upgrade.remote, true};
  if (upgrade.has_header("authorization")) {
    auto name = authenticate(upgrade, tokens);
    if (!name)
      return name.error();
    return ws_peer{*name, upgrade.remote, true};
  }
  if (auto token = offered_token(upgrade)) {
    if (auto name = match_token(tokens, *token))
      return ws_peer{*name, upgrade.remote, true};
    return fail(errc::unauthenticated, "the bearer token is not known");
  }
  return ws_peer{upgrade.remote, upgrade.remote, false};
}

} // namespace weir::net
