#pragma once

#include <cstdint>
#include <string_view>

namespace weir::storage {

/// CRC-32C (Castagnoli): polynomial 0x1EDC6F41, reflected 0x82F63B78, start
/// and final xor 0xFFFFFFFF. "123456789" gives 0xE3069283. Stored on disk:
/// never another function under this name.
/// @param before the CRC of what lies in front, to go on from there.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// The same without the processor's instruction, for processors that lack it.
[[nodiscard]] std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before = 0) noexcept;

} // namespace weir::storage
