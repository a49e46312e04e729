#pragma once

#include "domain/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

namespace weir {

/// What a JSON value is.
enum class json_kind : std::uint8_t { null, boolean, number, string, array, object };

/// One key of an object and its value. Views are valid until the next scan.
struct json_field {
  std::string_view name; ///< without escapes
  json_kind kind = json_kind::null;
  std::string_view raw;   ///< the value's bytes as they came in
  std::string_view text;  ///< strings only: without escapes
  std::size_t offset = 0; ///< of `raw` in the text; of `object` only
};

using json_fields = std::span<const json_field>;

/// Walks every token of a JSON text once with simdjson and hands out the
/// bytes of the values. Nothing that is not JSON passes: no NUL, no invalid
/// UTF-8, no lone surrogate. Not for two threads at once.
class json_scanner {
public:
  /// @param max_depth how deep the value of a field may nest.
  explicit json_scanner(std::size_t max_depth);
  ~json_scanner();

  /// The fields of a text that is one object. @returns `malformed_json`,
  /// `too_deep`, or `validation_failed` for another kind of value or a
  /// number that no double holds.
  [[nodiscard]] result<json_fields> object(std::string_view text);

  /// Told of one element: its bytes, and its fields or what is wrong with it.
  using element_visitor = std::function<void(std::string_view raw, const result<json_fields>& fields)>;

  /// Visits the objects of a text that is one array, in order.
  /// @returns `malformed_json` when the text as a whole is not JSON, or
  /// `limit_exceeded` behind `max_elements`; both may come late.
  [[nodiscard]] status objects(std::string_view text, std::size_t max_elements, const element_visitor& visit);

  /// One value of any kind; it may nest `max_depth` levels.
  [[nodiscard]] status value(std::string_view text);

private:
  struct engine;
  std::unique_ptr<engine> engine_;
};

/// Whether `text` is valid UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

} // namespace weir
