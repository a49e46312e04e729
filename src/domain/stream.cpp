#include "domain/stream.hpp"

#include "domain/hash.hpp"

namespace weir {

std::string stream_epoch(std::string_view incarnation, std::string_view job) {
  // Without i, l, o and u: people read epochs aloud.
  constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string key;
  key.reserve(incarnation.size() + 1 + job.size());
  key.append(incarnation).push_back('\0');
  key.append(job);
  auto bits = xxh3_64(key);
  std::string out(8, '0');
  for (auto& letter : out) {
    letter = letters[bits >> 59U]; // the highest five bits
    bits <<= 5U;
  }
  return out;
}

} // namespace weir
