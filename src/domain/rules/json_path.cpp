#include "domain/rules/json_path.hpp"

#include "domain/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace weir::rules {

namespace {

constexpr std::size_t max_path_levels = 16;

std::optional<std::string> plain_token(std::string_view escaped) {
  std::string out;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '~') {
      out += escaped[i];
      continue;
    }
    if (++i == escaped.size() || (escaped[i] != '0' && escaped[i] != '1'))
      return std::nullopt;
    out += escaped[i] == '0' ? '~' : '/';
  }
  return out;
}

/// No sign and no leading zero.
std::optional<std::size_t> list_index(const std::string& token) {
  std::size_t index = 0;
  const auto* const end = token.data() + token.size();
  const auto read = std::from_chars(token.data(), end, index);
  if (read.ec != std::errc{} || read.ptr != end || (token.size() > 1 && token.front() == '0'))
    return std::nullopt;
  return index;
}

nlohmann::json* child_of(nlohmann::json& parent, const std::string& token) {
  if (parent.is_object()) {
    const auto found = parent.find(token);
    return found == parent.end() ? nullptr : &*found;
  }
  const auto index = parent.is_array() ? list_index(token) : std::nullopt;
  return index && *index < parent.size() ? &parent[*index] : nullptr;
}

/// The place for a value below `parent`, made when it is not there.
nlohmann::json* place_below(nlohmann::json& parent, const std::string& token, std::string& obstacle) {
  if (parent.is_null())
    parent = nlohmann::json::object();
  if (parent.is_object())
    return &parent[token];
  if (!parent.is_array()) {
    obstacle = std::string{"a "} + parent.type_name() + " stands in the way";
    return nullptr;
  }
  const auto index = token == "-" ? std::optional{parent.size()} : list_index(token);
  if (!index || *index > parent.size()) {
    obstacle = "a list of " + std::to_string(parent.size()) + " has no place for that index";
    return nullptr;
  }
  if (*index == parent.size())
    parent.push_back(nullptr);
  return &parent[*index];
}

} // namespace

result<json_path> json_path::parse(std::string_view text) {
  json_path out;
  if (text.empty())
    return out;
  if (text.front() != '/') {
    out.tokens_.emplace_back(text);
    return out;
  }
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto escaped = text.substr(0, text.find('/'));
    text.remove_prefix(escaped.size());
    auto token = plain_token(escaped);
    if (!token)
      return fail(errc::validation_failed, "a ~ in a JSON pointer is followed by 0 or 1");
    if (out.tokens_.size() == max_path_levels)
      return fail(errc::validation_failed, "a JSON pointer has at most " + std::to_string(max_path_levels) + " levels");
    out.tokens_.push_back(std::move(*token));
  }
  return out;
}

const nlohmann::json* json_path::find(const nlohmann::json& document) const {
  const auto* value = &document;
  for (const auto& token : tokens_) {
    if (value->is_object()) {
      const auto found = value->find(token);
      value = found == value->end() ? nullptr : &*found;
    } else {
      const auto index = value->is_array() ? list_index(token) : std::nullopt;
      value = index && *index < value->size() ? &(*value)[*index] : nullptr;
    }
    if (value == nullptr)
      return nullptr;
  }
  return value;
}

std::optional<std::string> json_path::put(nlohmann::json& document, nlohmann::json value) const {
  auto* place = &document;
  std::string obstacle;
  for (const auto& token : tokens_) {
    place = place_below(*place, token, obstacle);
    if (place == nullptr)
      return obstacle;
  }
  *place = std::move(value);
  return std::nullopt;
}

std::optional<nlohmann::json> json_path::take(nlohmann::json& document) const {
  if (is_root())
    return std::exchange(document, nullptr);
  auto* parent = &document;
  for (std::size_t i = 0; i + 1 < tokens_.size() && parent != nullptr; ++i)
    parent = child_of(*parent, tokens_[i]);
  auto* value = parent == nullptr ? nullptr : child_of(*parent, tokens_.back());
  if (value == nullptr)
    return std::nullopt;
  auto out = std::move(*value);
  if (parent->is_object())
    parent->erase(tokens_.back());
  else
    parent->erase(*list_index(tokens_.back()));
  return out;
}

std::string json_path::text() const {
  if (is_root())
    return "the document";
  std::string out;
  for (const auto& token : tokens_)
    out += "/" + pointer_token(token);
  return out;
}

} // namespace weir::rules
