#include "net/auth.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace weir::net {

namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

digest digest_of(std::string_view text) {
  digest out;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data());
  return out;
}

std::string_view without_port(std::string_view authority) noexcept {
  if (authority.starts_with('['))
    return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.rfind(':'));
}

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::optional<std::string> match_token(const std::vector<access_token>& tokens, std::string_view secret) {
  // Digests have one length, so that not even the length of a secret shows.
  auto given = digest_of(secret);
  std::optional<std::string> found;
  for (const auto& token : tokens) {
    auto wanted = digest_of(token.secret);
    if (CRYPTO_memcmp(given.data(), wanted.data(), given.size()) == 0)
      found = token.name;
  }
  return found;
}

std::optional<std::string_view> bearer_of(std::string_view authorization) noexcept {
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() <= scheme.size() || !equals_nocase(authorization.substr(0, scheme.size()), scheme))
    return std::nullopt;
  auto secret = trim(authorization.substr(scheme.size()));
  if (secret.empty())
    return std::nullopt;
  return secret;
}

result<std::string> authenticate(const http_request& head, const std::vector<access_token>& tokens) {
  if (tokens.empty())
    return head.remote;
  auto secret = bearer_of(head.header_of("authorization"));
  if (!secret)
    return fail(errc::unauthenticated, "a bearer token is needed");
  if (auto name = match_token(tokens, *secret))
    return *name;
  return fail(errc::unauthenticated, "the bearer token is not known");
}

bool is_loopback_address(std::string_view address) noexcept {
  if (address == "::1" || address == "[::1]")
    return true;
  if (address.starts_with("::ffff:"))
    address.remove_prefix(7);
  auto digits_and_dots = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return address.starts_with("127.") && std::ranges::all_of(address, digits_and_dots) &&
         std::ranges::count(address, '.') == 3;
}

bool is_loopback_host(std::string_view authority) noexcept {
  auto name = without_port(authority);
  return equals_nocase(name, "localhost") || is_loopback_address(name);
}

bool host_allowed(const http_request& head, bool on_loopback, const std::vector<std::string>& allowed) {
  auto host = head.header_of("host");
  auto named = [&](const std::string& entry) {
    return entry == "*" || equals_nocase(entry, host) || equals_nocase(entry, without_port(host));
  };
  if (std::ranges::any_of(allowed, named))
    return true;
  if (on_loopback)
    return host.empty() || is_loopback_host(host);
  return allowed.empty();
}

bool origin_allowed(const http_request& head, const std::vector<std::string>& allowed) {
  if (!head.has_header("origin"))
    return true;
  auto origin = head.header_of("origin");
  if (head.count_headers("origin") > 1)
    return false;
  for (const auto& entry : allowed)
    if (entry == "*" || equals_nocase(entry, origin))
      return true;
  auto scheme = origin.find("://");
  if (scheme == std::string_view::npos)
    return false;
  return equals_nocase(origin.substr(scheme + 3), head.header_of("host"));
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (char c : text) {
    auto value = alphabet.find(c);
    if (value == std::string_view::npos)
      return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xff);
    }
  }
  if (have >= 6)
    return std::nullopt;
  return out;
}

std::string encode_base64url(std::string_view bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int have = 0;
  for (char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (have += 8; have >= 6;) {
      have -= 6;
      out += alphabet[(bits >> have) & 0x3f];
    }
  }
  if (have > 0)
    out += alphabet[(bits << (6 - have)) & 0x3f];
  return out;
}

} // namespace weir::net
