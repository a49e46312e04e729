#pragma once

#include "domain/result.hpp"

#include <cstdint>
#include <string_view>

namespace weir::storage {

/// What a start says to bytes that a newer program wrote: both versions, and
/// what to do. @param what names the file or the place in it.
[[nodiscard]] error newer_format(std::string_view what, std::uint64_t found, std::uint64_t known);

} // namespace weir::storage
