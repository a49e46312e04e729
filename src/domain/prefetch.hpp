#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace weir {

/// Asks for memory that is needed a moment later, so that its lines come side by side and meanwhile, and are not waited
/// for one after the other. Only the front of much: the processor sees where it goes on. Only a hint: nothing is read,
/// and the bytes need not be anybody's.
inline void prefetch(const void* from, std::size_t bytes) noexcept {
  constexpr std::size_t line = 64;
  constexpr std::size_t most = 2'048;
  // As numbers: it may be null, and to go on from there is for pointers an error.
  const auto begin = reinterpret_cast<std::uintptr_t>(from);
  for (std::size_t at = 0; at < std::min(bytes, most); at += line)
    __builtin_prefetch(reinterpret_cast<const void*>(begin + at)); // NOLINT(performance-no-int-to-ptr)
  // A function that only does this has no effect in the eyes of GCC, which leaves out calls of it.
  asm volatile("");
}

} // namespace weir
