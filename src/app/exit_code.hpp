#pragma once

#include "domain/error.hpp"

namespace weir::app {

/// What the shell is told.
enum class exit_code : int {
  ok = 0,
  failed = 1,
  usage = 2,
  not_found = 3,
  refused = 4, ///< conflict, or the request is not acceptable
  unauthorised = 5,
  unreachable = 69,
  retry_later = 75,
  bad_config = 78,
  interrupted = 130,
};

[[nodiscard]] int exit_code_of(errc code) noexcept;

/// For an HTTP status outside 2xx.
[[nodiscard]] int exit_code_of_status(unsigned status) noexcept;

[[nodiscard]] constexpr int to_int(exit_code code) noexcept {
  return static_cast<int>(code);
}

} // namespace weir::app
