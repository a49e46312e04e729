#pragma once

#include "domain/envelope.hpp"

#include <string>
#include <utility>
#include <vector>

namespace weir {

/// The members of a CloudEvent that came as HTTP headers and body, in the
/// shape of a structured one. Owns the text that its fields view.
class cloudevent_members {
public:
  /// @param headers (name, value) with names that start with "ce-".
  [[nodiscard]] status add_headers(const std::vector<std::pair<std::string, std::string>>& headers);

  /// A body that is JSON.
  void add_json(std::string_view content_type, std::string_view body);

  /// A body that is not JSON: text becomes a JSON string, the rest base64.
  void add_bytes(std::string_view content_type, std::string_view body);

  [[nodiscard]] std::vector<json_field> fields() const;

private:
  struct member {
    std::string name;
    json_kind kind;
    std::string raw;
    std::string text;
  };
  void add_text(std::string name, std::string text);

  std::vector<member> members_;
};

} // namespace weir
