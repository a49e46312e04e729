#pragma once

#include <nlohmann/json.hpp>
#include <toml++/toml.h>

namespace weir::app {

/// The same value as JSON; dates and times become texts. Nothing in it is resolved.
[[nodiscard]] nlohmann::json json_of(const toml::node& node);

} // namespace weir::app
