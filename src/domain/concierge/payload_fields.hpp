#pragma once

#include "domain/handler.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// The payload of an event, member by member. Whoever reads asks for all that
/// it needs and then once for `refusal()`; until then wrong members read as
/// empty. Members are named by JSON pointer.
class payload_fields {
public:
  explicit payload_fields(const event& ev);

  /// All of it; an object unless there is a refusal.
  [[nodiscard]] const json& root() const noexcept;

  /// An identifier: a string of 1 to 200 bytes without control characters, so
  /// that it fits into names of jobs and keys of records.
  [[nodiscard]] std::string id(std::string_view pointer);
  /// The same, but it may be missing or null.
  [[nodiscard]] std::optional<std::string> optional_id(std::string_view pointer);
  /// An array of at most 100 identifiers, or missing; each is returned once.
  [[nodiscard]] std::vector<std::string> optional_ids(std::string_view pointer);
  /// A string that is not empty.
  [[nodiscard]] std::string text(std::string_view pointer);
  /// Anything but null.
  [[nodiscard]] const json& value(std::string_view pointer);
  /// One of `allowed`, or missing: then its first.
  [[nodiscard]] std::string one_of(std::string_view pointer, std::initializer_list<std::string_view> allowed);
  /// An integer from 1 to `most`.
  [[nodiscard]] std::uint64_t amount(std::string_view pointer, std::uint64_t most);
  /// A number from 0 to 1, or missing.
  [[nodiscard]] std::optional<double> optional_share(std::string_view pointer);

  /// Why the event cannot be handled, ever: the first wrong member.
  [[nodiscard]] std::optional<outcome> refusal() const;

private:
  void refuse(std::string detail);
  [[nodiscard]] bool is_missing(std::string_view pointer) const;
  [[nodiscard]] std::string check_id(std::string_view pointer, std::string text);

  json_reader payload_;
  std::string wrong_;
};

} // namespace weir
