#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// Whether `text` is what the glob means; "*" stands for anything.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text);

/// The member `,"filter":[..]` of a subscription for these globs, any of
/// which may match; "" when the server must send all.
[[nodiscard]] std::string filter_member(const std::vector<std::string>& types);

} // namespace weir::app
