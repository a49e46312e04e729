#include "domain/object_key.hpp"

#include "domain/uuid.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weir {

namespace {

// With the ending ".json" a name fits into the 255 bytes of file systems, and
// a key into the 1024 of S3.
constexpr std::size_t longest_segment = 245;
constexpr std::size_t uuid_letters = 36;

bool stays(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '-' || letter == '_' || letter == '.';
}

void put_escaped(std::string& out, char letter) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<std::uint8_t>(letter);
  out += '~';
  out += digits[byte >> 4U];
  out += digits[byte & 0xfU];
}

} // namespace

std::string path_segment(std::string_view text) {
  if (text.empty())
    return "~";
  std::string out;
  // Where the text may be cut for the UUID to fit behind it.
  std::size_t cut = 0;
  for (const auto letter : text) {
    if (stays(letter) && !(out.empty() && letter == '.'))
      out += letter;
    else
      put_escaped(out, letter);
    if (out.size() + 2 + uuid_letters <= longest_segment)
      cut = out.size();
    if (out.size() > longest_segment)
      return out.substr(0, cut) + "~-" + uuid_v5(text);
  }
  return out;
}

std::string object_key(std::string_view folder, timestamp at, std::string_view id) {
  auto day = to_rfc3339(at).substr(0, 10);
  std::replace(day.begin(), day.end(), '-', '/');
  std::string key{folder};
  key.append("/").append(day).append("/").append(path_segment(id)).append(".json");
  return key;
}

} // namespace weir
