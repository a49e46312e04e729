#pragma once

#include "domain/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir::app {

/// One member of a JSON object; `text` is its value, byte for byte as it came.
struct json_member {
  std::string name;
  std::string text;
};

/// Takes an object apart without touching what is in it, so that payloads are
/// passed on exactly. @returns `errc::malformed_json` when it is none.
[[nodiscard]] result<std::vector<json_member>> members_of(std::string_view object);

/// The elements of an array, byte for byte.
[[nodiscard]] result<std::vector<std::string>> elements_of(std::string_view array);

/// The same for answers of which nothing is expected: empty when it is none.
[[nodiscard]] std::vector<json_member> members_or_none(std::string_view object);
[[nodiscard]] std::vector<std::string> elements_or_none(std::string_view array);

/// The text of one member, or "".
[[nodiscard]] std::string_view member(const std::vector<json_member>& members, std::string_view name);

/// The member read as a string, or "".
[[nodiscard]] std::string member_string(const std::vector<json_member>& members, std::string_view name);

/// The member read as a number without sign, or 0.
[[nodiscard]] std::uint64_t member_number(const std::vector<json_member>& members, std::string_view name);

/// A JSON string with its quotes; bytes that are not UTF-8 are replaced.
[[nodiscard]] std::string quote_json(std::string_view text);

} // namespace weir::app
