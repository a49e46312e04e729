#include "sinks/webhook_signature.hpp"

#include "domain/base64.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <utility>

namespace weir::sinks {

namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view symmetric_version = "v1,";
constexpr std::size_t shortest_key = 24;
constexpr std::size_t longest_key = 64;
constexpr std::size_t digest_bytes = 32;

std::string hmac_sha256(const webhook_key& key, std::string_view text) {
  std::array<unsigned char, digest_bytes> digest{};
  unsigned int size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(), &size) == nullptr)
    throw std::runtime_error("OpenSSL computed no HMAC-SHA256");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string signed_text(const webhook_headers& headers, std::string_view body) {
  std::string out;
  out.reserve(headers.id.size() + headers.timestamp.size() + body.size() + 2);
  return out.append(headers.id).append(".").append(headers.timestamp).append(".").append(body);
}

error refused(std::string why) {
  return fail(errc::unauthenticated, std::move(why));
}

status check_age(const std::string& text, timestamp now, std::chrono::seconds tolerance) {
  std::int64_t seconds = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, seconds);
  constexpr std::int64_t far = std::int64_t{1} << 40;
  if (text.empty() || read.ec != std::errc{} || read.ptr != end || seconds < 0 || seconds > far)
    return refused("webhook-timestamp is not a number of seconds");
  const auto age = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() - seconds;
  if (age > tolerance.count() || -age > tolerance.count())
    return refused("webhook-timestamp is " + std::to_string(age) + " seconds ago, allowed are " +
                   std::to_string(tolerance.count()));
  return {};
}

bool is_same(const std::string& a, const std::string& b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// The digests of all "v1," items; other versions are left to those who know them.
std::vector<std::string> offered_digests(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto end = list.find(' ');
    const auto item = list.substr(0, end);
    if (item.starts_with(symmetric_version))
      if (auto digest = base64_decode(item.substr(symmetric_version.size())))
        out.push_back(std::move(*digest));
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
  }
  return out;
}

} // namespace

result<webhook_key> parse_webhook_secret(std::string_view text) {
  const auto wrong = [](const std::string& why) {
    return fail(errc::bad_config, why + "; make one with: echo whsec_$(openssl rand -base64 32)");
  };
  if (!text.starts_with(secret_prefix))
    return wrong("the secret does not begin with whsec_");
  auto key = base64_decode(text.substr(secret_prefix.size()));
  if (!key)
    return wrong("what follows whsec_ is not base64");
  if (key->size() < shortest_key || key->size() > longest_key)
    return wrong("the secret has " + std::to_string(key->size()) + " bytes, allowed are 24 to 64");
  return std::move(*key);
}

webhook_headers sign_webhook(const std::vector<webhook_key>& keys, std::string id, timestamp at,
                             std::string_view body) {
  webhook_headers out;
  out.id = std::move(id);
  out.timestamp = std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  const auto text = signed_text(out, body);
  for (const auto& key : keys) {
    if (!out.signature.empty())
      out.signature += ' ';
    out.signature.append(symmetric_version).append(base64_encode(hmac_sha256(key, text)));
  }
  return out;
}

status verify_webhook(const std::vector<webhook_key>& keys, const webhook_headers& headers, std::string_view body,
                      timestamp now, std::chrono::seconds tolerance) {
  if (headers.id.empty() || headers.timestamp.empty() || headers.signature.empty())
    return refused("webhook-id, webhook-timestamp or webhook-signature is missing");
  if (auto fresh = check_age(headers.timestamp, now, tolerance); !fresh)
    return fresh;
  const auto text = signed_text(headers, body);
  const auto offered = offered_digests(headers.signature);
  for (const auto& key : keys) {
    const auto expected = hmac_sha256(key, text);
    for (const auto& digest : offered)
      if (is_same(digest, expected))
        return {};
  }
  return refused("no webhook-signature is right for the secret");
}

} // namespace weir::sinks
