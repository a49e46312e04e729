#pragma once

#include "domain/result.hpp"

#include <string>

namespace weir::app {

/// @returns `bad_config` for what is not an http or https address that may be
///   printed: no user, password or fragment in it.
[[nodiscard]] status check_handler_url(const std::string& url);

} // namespace weir::app
