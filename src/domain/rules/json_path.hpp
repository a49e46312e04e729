#pragma once

#include "domain/result.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::rules {

/// A place in a JSON document: a pointer (RFC 6901), or the bare name of a
/// member of the document.
class json_path {
public:
  /// The document itself.
  json_path() = default;

  /// @param text "" (all of it), "/customer/name", or "customer".
  /// @returns `errc::validation_failed` for a bad escape or more than 16 levels.
  [[nodiscard]] static result<json_path> parse(std::string_view text);

  /// @returns null where there is nothing.
  [[nodiscard]] const nlohmann::json* find(const nlohmann::json& document) const;

  /// Writes a value, and the objects on the way to it. In a list an index
  /// replaces, the index behind the last one or "-" appends.
  /// @returns what stands in the way, or nothing when it is written.
  [[nodiscard]] std::optional<std::string> put(nlohmann::json& document, nlohmann::json value) const;

  /// Takes a value out. @returns nothing where there is none.
  std::optional<nlohmann::json> take(nlohmann::json& document) const;

  /// As a pointer, or "the document".
  [[nodiscard]] std::string text() const;

  [[nodiscard]] bool is_root() const noexcept {
    return tokens_.empty();
  }

private:
  std::vector<std::string> tokens_;
};

} // namespace weir::rules
