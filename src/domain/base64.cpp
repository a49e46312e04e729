#include "domain/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace weir {

namespace {

constexpr std::string_view standard_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::uint8_t no_digit = 0xff;
using digit_table = std::array<std::uint8_t, 256>;

constexpr digit_table digits_of(std::string_view alphabet) {
  digit_table table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}

constexpr digit_table standard_digits = digits_of(standard_alphabet);
constexpr digit_table url_digits = digits_of(url_alphabet);

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (auto byte : bytes) {
    bits = (bits << 8) | static_cast<std::uint8_t>(byte);
    held += 8;
    while (held >= 6) {
      held -= 6;
      out += alphabet[(bits >> held) & 0x3f];
    }
  }
  if (held > 0)
    out += alphabet[(bits << (6 - held)) & 0x3f];
  return out;
}

/// Text without padding.
result<std::string> decode(std::string_view text, const digit_table& digits) {
  if (text.size() % 4 == 1)
    return fail(errc::validation_failed, "base64 text has an impossible length");
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const auto& c : text) {
    auto digit = digits[static_cast<std::uint8_t>(c)];
    if (digit == no_digit)
      return fail(errc::validation_failed, "not a base64 character at offset " + std::to_string(&c - text.data()));
    bits = (bits << 6) | digit;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((bits >> held) & 0xff);
    }
  }
  if ((bits & ((1U << held) - 1)) != 0)
    return fail(errc::validation_failed, "base64 text ends with bits that belong to no byte");
  return out;
}

} // namespace

std::string base64_encode(std::string_view bytes) {
  auto out = encode(bytes, standard_alphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  return encode(bytes, url_alphabet);
}

result<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0)
    return fail(errc::validation_failed, "base64 text is not padded to a multiple of 4");
  for (auto padding = 0; padding < 2 && text.ends_with('='); ++padding)
    text.remove_suffix(1);
  return decode(text, standard_digits);
}

result<std::string> base64url_decode(std::string_view text) {
  return decode(text, url_digits);
}

} // namespace weir
