#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// XXH3, 64 bits, seed 0. Its values are stored and shown, so it is pinned:
/// never another function under this name.
[[nodiscard]] std::uint64_t xxh3_64(std::string_view bytes) noexcept;

/// 16 lower-case hex digits, leading zeros kept.
[[nodiscard]] std::string hex16(std::uint64_t value);

} // namespace weir
