#pragma once

#include "domain/result.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace weir {

/// Reads a JSON document by pointer with errors that name pointer and type.
class json_reader {
public:
  explicit json_reader(std::shared_ptr<const nlohmann::json> dom);

  [[nodiscard]] const nlohmann::json& root() const noexcept;

  /// The value at a JSON pointer (RFC 6901); null where there is none.
  [[nodiscard]] const nlohmann::json& at(std::string_view pointer) const;

  /// The value at `pointer` as T (double, std::int64_t, std::uint64_t, bool,
  /// std::string). @returns `errc::validation_failed` with pointer, expected
  /// and found type.
  template <class T>
  [[nodiscard]] result<T> get(std::string_view pointer) const;

private:
  std::shared_ptr<const nlohmann::json> dom_;
};

/// A member's name as a token of a JSON pointer: ~ and / escaped.
[[nodiscard]] std::string pointer_token(std::string_view name);

} // namespace weir
