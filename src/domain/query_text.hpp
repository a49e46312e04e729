#pragma once

#include "domain/time.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// One "name:value" of a query.
using query_term = std::pair<std::string, std::string>;

/// Reads `type:item.analyzed job:"a b" since:1h`: terms with spaces between;
/// quotes hold a value with spaces, \" is a quote in it.
/// @returns `bad_request` for a term without a name or value, a name that
/// stands twice, or a quote that does not end.
[[nodiscard]] result<std::vector<query_term>> parse_query(std::string_view text);

/// A moment: RFC 3339, or how long before `now`: 90s, 15m, 36h, 7d.
/// @returns `bad_request`.
[[nodiscard]] result<timestamp> parse_moment(std::string_view text, timestamp now);

} // namespace weir
