#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace weir {

/// Names of handlers and sinks: 1-64 letters a-z, 0-9 and -. They are labels of metrics.
[[nodiscard]] inline bool is_valid_name(std::string_view name) noexcept {
  constexpr std::size_t longest = 64;
  const auto is_letter = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  };
  return !name.empty() && name.size() <= longest && std::all_of(name.begin(), name.end(), is_letter);
}

} // namespace weir
