#pragma once

#include <string_view>

namespace weir::app {

/// The version of this build; a test compares it with the one in CMakeLists.txt.
inline constexpr std::string_view version = "0.1.0";

} // namespace weir::app
