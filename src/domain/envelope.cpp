#include "domain/envelope.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <vector>

namespace weir {

namespace {

constexpr std::size_t max_name_bytes = 255;
constexpr std::uint64_t max_number = (std::uint64_t{1} << 53) - 1;

/// C0, DEL and, in UTF-8, C1.
bool has_control_character(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<std::uint8_t>(text[i]);
    if (byte < 0x20 || byte == 0x7f)
      return true;
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

} // namespace

status check_unique(json_fields fields) {
  std::vector<std::string_view> names;
  names.reserve(fields.size());
  for (const auto& field : fields)
    names.push_back(field.name);
  std::ranges::sort(names);
  auto twice = std::ranges::adjacent_find(names);
  if (twice == names.end())
    return {};
  return fail(errc::duplicate_key, "the key " + quoted_start(*twice) + " stands twice");
}

status check_name(std::string_view name, std::string_view text) {
  if (text.empty())
    return fail(errc::validation_failed, std::string{name} + " is empty");
  if (text.size() > max_name_bytes)
    return fail(errc::validation_failed, std::string{name} + " has " + std::to_string(text.size()) +
                                             " bytes, allowed are " + std::to_string(max_name_bytes));
  if (!is_utf8(text))
    return fail(errc::validation_failed, std::string{name} + " is not valid UTF-8");
  if (has_control_character(text))
    return fail(errc::validation_failed, std::string{name} + " has a control character");
  return {};
}

status check_source(std::string_view source) {
  const auto rest = source.starts_with("weir") ? source.substr(4) : "other";
  if (rest.empty() || rest.front() == '-' || rest.front() == '/')
    return fail(errc::validation_failed,
                "source " + quoted_start(source) + " is the node's own: name the producer otherwise");
  return {};
}

status check_job_id(std::string_view job) {
  if (job == "." || job == "..")
    return fail(errc::validation_failed, "jobId is a path segment with a meaning of its own");
  return check_name("jobId", job);
}

result<std::string_view> text_of(const json_field& field) {
  if (field.kind != json_kind::string)
    return fail(errc::validation_failed, std::string{field.name} + " must be a string");
  return field.text;
}

std::optional<std::uint64_t> source_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto* end = digits.data() + digits.size();
  auto parsed = std::from_chars(digits.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value > max_number)
    return std::nullopt;
  return value;
}

std::string_view valid_traceparent(std::string_view text) {
  constexpr std::size_t length = 55; // 00-<32>-<16>-<2>
  if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-')
    return {};
  auto version = text.substr(0, 2);
  auto trace = text.substr(3, 32);
  auto parent = text.substr(36, 16);
  if (!is_lower_hex(version) || version == "ff" || !is_lower_hex(trace) || !is_lower_hex(parent) ||
      !is_lower_hex(text.substr(53, 2)) || is_zero(trace) || is_zero(parent))
    return {};
  // A later version may have more parts, which are not known here.
  if (text.size() > length && (version == "00" || text[length] != '-'))
    return {};
  return text.substr(0, length);
}

std::string media_type(std::string_view content_type) {
  std::string type{trimmed(content_type.substr(0, content_type.find(';')))};
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return type;
}

bool is_json_type(std::string_view content_type) {
  auto type = media_type(content_type);
  return type.empty() || type.ends_with("/json") || type.ends_with("+json");
}

std::string_view stored_content_type(std::string_view content_type) {
  return media_type(content_type) == "application/json" ? std::string_view{} : trimmed(content_type);
}

std::string quoted_start(std::string_view text) {
  constexpr std::size_t limit = 64;
  if (text.size() <= limit)
    return '"' + std::string{text} + '"';
  auto end = limit;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xc0) == 0x80)
    --end; // not inside a UTF-8 sequence
  return '"' + std::string{text.substr(0, end)} + "...\"";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

} // namespace weir
