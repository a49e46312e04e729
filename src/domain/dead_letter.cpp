#include "domain/dead_letter.hpp"

#include "domain/hash.hpp"

#include <simdjson.h>

#include <algorithm>

namespace weir {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_word(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Length of the UUID that `text` starts with, or 0.
std::size_t uuid_length(std::string_view text) noexcept {
  constexpr std::size_t length = 36;
  if (text.size() < length || (text.size() > length && is_word(text[length])))
    return 0;
  for (std::size_t i = 0; i < length; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i]))
      return 0;
  }
  return length;
}

/// Length of the quoted text that `text` starts with, quotes included, or 0.
std::size_t quoted_length(std::string_view text) noexcept {
  const char quote = text.front();
  if (quote != '"' && quote != '\'' && quote != '`')
    return 0;
  const auto end = text.find(quote, 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

/// Whether a word is an identifier as a whole: 0x1f, 9f86d081, a ULID.
bool is_identifier(std::string_view word) noexcept {
  const bool hex = std::all_of(word.begin(), word.end(), is_hex);
  const bool digit = std::any_of(word.begin(), word.end(), is_digit);
  if (word.starts_with("0x") && word.size() > 2)
    return std::all_of(word.begin() + 2, word.end(), is_hex);
  return (digit && hex && word.size() >= 8) || (digit && word.size() >= 16) || (hex && word.size() >= 16);
}

/// Appends a word; its digit runs become one '#' each.
void append_word(std::string& out, std::string_view word) {
  if (is_identifier(word)) {
    out.push_back('#');
    return;
  }
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (!is_digit(word[i]))
      out.push_back(word[i]);
    else if (i == 0 || !is_digit(word[i - 1]))
      out.push_back('#');
  }
}

/// Length of the number that `text` starts with (sign, digits, fraction), or
/// 0 when it goes on as a word.
std::size_t number_length(std::string_view text) noexcept {
  std::size_t at = text.front() == '-' ? 1 : 0;
  const std::size_t first = at;
  while (at < text.size() && is_digit(text[at]))
    ++at;
  if (at == first)
    return 0;
  if (at + 1 < text.size() && text[at] == '.' && is_digit(text[at + 1])) {
    ++at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
  }
  return at < text.size() && is_word(text[at]) ? 0 : at;
}

} // namespace

std::string dead_letter_id(log_position position) {
  return "dl_" + hex16(position);
}

std::string normalised_detail(std::string_view detail) {
  std::string out;
  out.reserve(detail.size());
  std::size_t at = 0;
  while (at < detail.size()) {
    const auto rest = detail.substr(at);
    // At the start of a word only: the ' of "don't" quotes nothing.
    const bool fresh = at == 0 || !is_word(detail[at - 1]);
    std::size_t length = fresh ? std::max({uuid_length(rest), quoted_length(rest), number_length(rest)}) : 0;
    if (length > 0) {
      out.push_back('#');
      at += length;
      continue;
    }
    while (length < rest.size() && is_word(rest[length]))
      ++length;
    if (length == 0) {
      out.push_back(rest.front());
      ++at;
      continue;
    }
    append_word(out, rest.substr(0, length));
    at += length;
  }
  return out;
}

std::string failure_fingerprint(std::string_view handler, std::string_view code, std::string_view detail) {
  std::string key(handler);
  key.push_back('\0');
  key.append(code).push_back('\0');
  key.append(normalised_detail(detail));
  return hex16(xxh3_64(key));
}

std::string limited_detail(std::string_view text) {
  constexpr std::size_t limit = 255;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  std::size_t length = std::min(text.size(), limit);
  while (length > 0 && length < text.size() && continues(text[length]))
    --length;
  std::string out(text.substr(0, length));
  if (simdjson::validate_utf8(out))
    return out;
  for (auto& c : out) {
    if (static_cast<unsigned char>(c) >= 0x80U)
      c = '?';
  }
  return out;
}

} // namespace weir
