#pragma once

#include "domain/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// The UUID (RFC 9562 version 5) of `name` in Weir's own namespace: equal
/// names give equal UUIDs.
[[nodiscard]] std::string uuid_v5(std::string_view name);

/// A UUID (RFC 9562 version 7) that sorts by the millisecond of `at`; the
/// 74 free bits come from `random`. Times before 1970 count as 1970.
[[nodiscard]] std::string uuid_v7(timestamp at, std::array<std::uint8_t, 10> random);

} // namespace weir
