#include "domain/hash.hpp"

// Header-only use: nothing to link, and one place that sees the C names.
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace weir {

std::uint64_t xxh3_64(std::string_view bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::string hex16(std::uint64_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out(16, '0');
  for (std::size_t i = out.size(); i-- > 0; value >>= 4)
    out[i] = digits[value & 0xfU];
  return out;
}

} // namespace weir
