#pragma once

#include <string_view>

namespace weir {

/// Whether `text` is a number by the grammar of RFC 8259 section 6. simdjson's
/// own number parser is not asked because it refuses integers beyond 64 bits,
/// which are valid JSON.
[[nodiscard]] bool is_json_number(std::string_view text);

/// Whether a double can hold this JSON number, be it rounded.
[[nodiscard]] bool is_finite_number(std::string_view number);

} // namespace weir
