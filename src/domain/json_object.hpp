#pragma once

#include "domain/json_scanner.hpp"
#include "domain/result.hpp"

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// A JSON object read where it lies, for whoever needs a few of its members or
/// passes it on: a sixth of the time of a DOM, and numbers keep their digits.
/// The text must outlive it.
class json_object {
public:
  /// Deepest nesting.
  static constexpr std::size_t max_depth = 1'000;

  /// Of two members with one name the last counts, as in a DOM.
  /// @returns `validation_failed` when it is another kind of value, `malformed_json`, `too_deep`.
  [[nodiscard]] static result<json_object> read(std::string_view text);

  /// A member that is a string.
  /// @returns `validation_failed` with its pointer and what was found instead.
  [[nodiscard]] result<std::string> string(std::string_view name) const;

  struct member {
    std::string_view name;
    std::string_view value; ///< JSON text
  };
  /// The object with these members, which stand last, in place of its own of those names.
  [[nodiscard]] std::string with(std::initializer_list<member> members) const;

private:
  struct field {
    std::string name;
    json_kind kind;
    std::string_view raw;
  };
  /// Of those with one name the last stays.
  static void drop_earlier_ones(std::vector<field>& fields);
  std::vector<field> fields_;
  std::size_t bytes_ = 0;
};

/// Another member of an object whose text is not closed yet.
void append_json_member(std::string& object, std::string_view name, std::string_view value);

/// The text as a JSON string.
[[nodiscard]] std::string json_string(std::string_view text);

} // namespace weir
