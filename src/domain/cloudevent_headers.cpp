#include "domain/cloudevent_headers.hpp"

#include "domain/base64.hpp"
#include "domain/json_object.hpp"

#include <cstddef>
#include <optional>

namespace weir {

namespace {

constexpr std::string_view prefix = "ce-";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f')
    return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F')
    return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

/// The inside of a quoted string without its backslashes; other text as it is.
std::string unquote(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"'))
    return std::string{text};
  text = text.substr(1, text.size() - 2);
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size())
      ++i;
    out += text[i];
  }
  return out;
}

/// Percent-decodes once; a "%" without two hex digits stands for itself.
std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(*high << 4 | *low);
    i += 2;
  }
  return out;
}

bool is_text_type(std::string_view content_type) {
  return media_type(content_type).starts_with("text/");
}

} // namespace

status cloudevent_members::add_headers(const std::vector<std::pair<std::string, std::string>>& headers) {
  for (const auto& [header, value] : headers) {
    auto name = header.starts_with(prefix) ? header.substr(prefix.size()) : header;
    if (name == "datacontenttype" || name == "data")
      return fail(errc::validation_failed, "the header " + header + " must not be sent in binary mode");
    auto text = percent_decode(unquote(trimmed(value)));
    if (!is_utf8(text))
      return fail(errc::validation_failed, "the header " + header + " is not valid UTF-8");
    add_text(std::move(name), std::move(text));
  }
  return {};
}

void cloudevent_members::add_json(std::string_view content_type, std::string_view body) {
  if (!content_type.empty())
    add_text("datacontenttype", std::string{content_type});
  members_.push_back({"data", json_kind::object, std::string{trimmed(body)}, {}});
}

void cloudevent_members::add_bytes(std::string_view content_type, std::string_view body) {
  if (!content_type.empty())
    add_text("datacontenttype", std::string{content_type});
  if (body.empty())
    return;
  if (is_text_type(content_type) && is_utf8(body))
    add_text("data", std::string{body});
  else
    add_text("data_base64", base64_encode(body));
}

void cloudevent_members::add_text(std::string name, std::string text) {
  auto raw = json_string(text);
  members_.push_back({std::move(name), json_kind::string, std::move(raw), std::move(text)});
}

std::vector<json_field> cloudevent_members::fields() const {
  std::vector<json_field> out;
  out.reserve(members_.size());
  for (const auto& each : members_)
    out.push_back({each.name, each.kind, each.raw, each.text});
  return out;
}

} // namespace weir
