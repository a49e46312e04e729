#include "net/idempotency.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace weir::net {

namespace {

result<std::string> unquote(std::string_view value) {
  std::string out;
  std::size_t i = 1;
  for (; i < value.size() && value[i] != '"'; ++i) {
    if (value[i] == '\\' && (++i == value.size() || (value[i] != '"' && value[i] != '\\')))
      return fail(errc::bad_request, "Idempotency-Key has a wrong escape");
    out += value[i];
  }
  // Parameters of the structured field may follow; they mean nothing here.
  if (i == value.size() || (i + 1 < value.size() && value[i + 1] != ';'))
    return fail(errc::bad_request, "Idempotency-Key is not one quoted string");
  return out;
}

} // namespace

result<std::string> parse_idempotency_key(std::string_view value) {
  value = trim(value);
  auto key = std::string{value};
  if (value.starts_with('"')) {
    auto inside = unquote(value);
    if (!inside)
      return inside;
    key = *inside;
  }
  auto printable = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (key.empty() || key.size() > 255 || !std::ranges::all_of(key, printable))
    return fail(errc::bad_request, "Idempotency-Key must have 1 to 255 printable ASCII characters");
  return key;
}

std::string request_fingerprint(std::string_view method, std::string_view path, std::string_view body) {
  // The lengths keep "a"+"bc" and "ab"+"c" apart.
  auto text = fmt::format("{} {} {} {}\n", method, path.size(), path, body.size());
  text += body;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string out;
  for (std::size_t i = 0; i < 16; ++i)
    out += fmt::format("{:02x}", digest[i]);
  return out;
}

std::chrono::seconds preferred_wait(std::string_view prefer, std::chrono::seconds most) {
  for (auto item : split_list(prefer)) {
    auto equals = item.find('=');
    if (equals == std::string_view::npos || !equals_nocase(trim(item.substr(0, equals)), "wait"))
      continue;
    auto digits = trim(item.substr(equals + 1));
    unsigned long n = 0;
    auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
    if (ec != std::errc{} || (end != digits.data() + digits.size() && *end != ';'))
      return std::chrono::seconds{0};
    return std::min(most, std::chrono::seconds{static_cast<long>(std::min(n, 3600ul))});
  }
  return std::chrono::seconds{0};
}

} // namespace weir::net
