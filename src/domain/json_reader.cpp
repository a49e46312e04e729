#include "domain/json_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace weir {

namespace {

const nlohmann::json& nothing() noexcept {
  static const nlohmann::json null;
  return null;
}

/// One reference token with ~0 and ~1 undone; nothing for other escapes.
std::optional<std::string> unescape(std::string_view token) {
  std::string out;
  out.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    if (++i == token.size() || (token[i] != '0' && token[i] != '1'))
      return std::nullopt;
    out += token[i] == '0' ? '~' : '/';
  }
  return out;
}

/// An index has no sign and no leading zero.
std::optional<std::size_t> array_index(std::string_view token) {
  if (token.empty() || token.size() > 18 || (token.size() > 1 && token.front() == '0'))
    return std::nullopt;
  std::size_t index = 0;
  for (auto c : token) {
    if (c < '0' || c > '9')
      return std::nullopt;
    index = index * 10 + static_cast<std::size_t>(c - '0');
  }
  return index;
}

const nlohmann::json* child(const nlohmann::json& parent, std::string_view token) {
  auto key = unescape(token);
  if (!key)
    return nullptr;
  if (parent.is_object()) {
    auto found = parent.find(*key);
    return found == parent.end() ? nullptr : &*found;
  }
  auto index = parent.is_array() ? array_index(*key) : std::nullopt;
  return index && *index < parent.size() ? &parent[*index] : nullptr;
}

const nlohmann::json* find(const nlohmann::json& root, std::string_view pointer) {
  const nlohmann::json* value = &root;
  while (value != nullptr && !pointer.empty()) {
    if (pointer.front() != '/')
      return nullptr;
    pointer.remove_prefix(1);
    auto token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    value = child(*value, token);
  }
  return value;
}

error mismatch(std::string_view pointer, std::string_view expected, const nlohmann::json* found) {
  std::string detail{pointer.empty() ? std::string_view{"the document"} : pointer};
  detail.append(": expected ").append(expected).append(", found ");
  detail.append(found == nullptr ? "nothing" : found->type_name());
  return fail(errc::validation_failed, std::move(detail));
}

constexpr std::string_view expected_name(const double*) {
  return "number";
}
constexpr std::string_view expected_name(const std::int64_t*) {
  return "integer";
}
constexpr std::string_view expected_name(const std::uint64_t*) {
  return "non-negative integer";
}
constexpr std::string_view expected_name(const bool*) {
  return "boolean";
}
constexpr std::string_view expected_name(const std::string*) {
  return "string";
}

bool holds(const nlohmann::json& value, const double*) {
  return value.is_number();
}
bool holds(const nlohmann::json& value, const std::int64_t*) {
  constexpr auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= max);
}
bool holds(const nlohmann::json& value, const std::uint64_t*) {
  return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}
bool holds(const nlohmann::json& value, const bool*) {
  return value.is_boolean();
}
bool holds(const nlohmann::json& value, const std::string*) {
  return value.is_string();
}

} // namespace

json_reader::json_reader(std::shared_ptr<const nlohmann::json> dom) : dom_(std::move(dom)) {}

const nlohmann::json& json_reader::root() const noexcept {
  return dom_ ? *dom_ : nothing();
}

const nlohmann::json& json_reader::at(std::string_view pointer) const {
  const auto* value = find(root(), pointer);
  return value == nullptr ? nothing() : *value;
}

template <class T>
result<T> json_reader::get(std::string_view pointer) const {
  constexpr const T* tag = nullptr;
  const auto* value = find(root(), pointer);
  if (value == nullptr || !holds(*value, tag))
    return mismatch(pointer, expected_name(tag), value);
  return value->template get<T>();
}

std::string pointer_token(std::string_view name) {
  std::string out;
  for (const auto letter : name)
    out += letter == '~' ? std::string{"~0"} : letter == '/' ? std::string{"~1"} : std::string(1, letter);
  return out;
}

template result<double> json_reader::get<double>(std::string_view) const;
template result<std::int64_t> json_reader::get<std::int64_t>(std::string_view) const;
template result<std::uint64_t> json_reader::get<std::uint64_t>(std::string_view) const;
template result<bool> json_reader::get<bool>(std::string_view) const;
template result<std::string> json_reader::get<std::string>(std::string_view) const;

} // namespace weir
