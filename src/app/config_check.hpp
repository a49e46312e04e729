#pragma once

#include "app/config_loader.hpp"

#include <vector>

namespace weir::app {

/// Whether this machine can run the configuration: the data folder can be
/// written, the ports are free, enough files may be open.
[[nodiscard]] std::vector<config_problem> check_environment(const config& value);

} // namespace weir::app
