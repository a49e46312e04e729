#include "storage/crc32c.hpp"

#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace weir::storage {

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before) noexcept {
  constexpr std::uint32_t reflected = 0x82F63B78;
  auto crc = ~before;
  for (const auto c : bytes) {
    crc ^= static_cast<std::uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ (reflected & (0U - (crc & 1U)));
  }
  return ~crc;
}

#if defined(__x86_64__)

namespace {

__attribute__((target("sse4.2"))) std::uint32_t crc32c_hardware(std::string_view bytes, std::uint32_t before) noexcept {
  std::uint64_t crc = ~before;
  const auto* at = bytes.data();
  auto left = bytes.size();
  for (; left >= sizeof(std::uint64_t); left -= sizeof(std::uint64_t), at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; left > 0; --left, ++at)
    narrow = _mm_crc32_u8(narrow, static_cast<std::uint8_t>(*at));
  return ~narrow;
}

} // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
  static const bool fast = __builtin_cpu_supports("sse4.2") != 0;
  return fast ? crc32c_hardware(bytes, before) : crc32c_portable(bytes, before);
}

#else

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
  return crc32c_portable(bytes, before);
}

#endif

} // namespace weir::storage
