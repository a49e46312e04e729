#include "domain/cloudevent_encoding.hpp"

#include "domain/envelope.hpp"
#include "domain/frame.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace weir {

namespace {

constexpr std::string_view upper_hex = "0123456789ABCDEF";

void append_percent(std::string& out, char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  out += '%';
  out += upper_hex[byte >> 4];
  out += upper_hex[byte & 0x0f];
}

/// Sources are free text here, but URI references in a CloudEvent.
std::string uri_reference(std::string_view text) {
  constexpr std::string_view allowed = "-._~:/?#[]@!$&'()*+,;=%";
  std::string out;
  for (const auto c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain || allowed.find(c) != std::string_view::npos)
      out += c;
    else
      append_percent(out, c);
  }
  return out;
}

void append_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":");
  append_json_string(out, value);
}

std::string padded(std::uint64_t number) {
  constexpr std::size_t width = 20;
  auto digits = std::to_string(number);
  return std::string(width - digits.size(), '0') + digits;
}

/// Names that this encoder writes itself, or that mean the payload.
bool is_taken(std::string_view name) {
  constexpr std::array names{"specversion",     "id",          "source",      "type",         "time",
                             "datacontenttype", "data",        "weirjobid",   "partitionkey", "sequence",
                             "weirsourceseq",   "traceparent", "causationid", "weirreplayed", "weirstate",
                             "weirmetadata"};
  return std::ranges::find(names, name) != names.end();
}

bool is_attribute(const std::string& name, const nlohmann::json& value) {
  constexpr std::size_t longest = 20;
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (name.empty() || name.size() > longest || is_taken(name) || !std::ranges::all_of(name, is_plain))
    return false;
  if (value.is_string())
    return check_name(name, value.get_ref<const std::string&>()).has_value();
  if (value.is_number_integer()) {
    const auto number = value.get<double>();
    return number >= -2'147'483'648.0 && number <= 2'147'483'647.0;
  }
  return value.is_boolean();
}

void append_further(std::string& out, const event& ev) {
  if (ev.metadata.empty())
    return;
  const auto all = nlohmann::json::parse(ev.metadata, nullptr, false);
  if (!all.is_object())
    return;
  bool fits = true;
  for (const auto& [name, value] : all.items()) {
    if (is_attribute(name, value))
      out.append(",\"").append(name).append("\":").append(value.dump());
    else
      fits = false;
  }
  if (!fits)
    append_attribute(out, "weirmetadata", ev.metadata);
}

void append_content(std::string& out, const event& ev) {
  if (ev.kind == payload_kind::none)
    return;
  if (!ev.content_type.empty())
    append_attribute(out, "datacontenttype", ev.content_type);
  else if (ev.kind == payload_kind::json)
    append_attribute(out, "datacontenttype", "application/json");
  if (ev.kind == payload_kind::json)
    out.append(",\"data\":").append(ev.payload);
  else
    append_attribute(out, "data_base64", ev.payload);
}

} // namespace

std::string encode_cloudevent(const event& ev, const cloudevent_extras& extras) {
  constexpr std::size_t names_and_numbers = 512;
  std::string out;
  out.reserve(names_and_numbers + ev.payload.size() + ev.metadata.size() + extras.state.size());
  out += "{\"specversion\":\"1.0\"";
  append_attribute(out, "id", ev.id);
  append_attribute(out, "source", uri_reference(ev.source));
  append_attribute(out, "type", ev.type);
  append_attribute(out, "time", to_rfc3339(ev.time));
  append_attribute(out, "weirjobid", ev.job);
  append_attribute(out, "partitionkey", ev.job);
  if (extras.seq > 0)
    append_attribute(out, "sequence", padded(extras.seq));
  if (ev.source_seq)
    append_attribute(out, "weirsourceseq", std::to_string(*ev.source_seq));
  if (!ev.traceparent.empty())
    append_attribute(out, "traceparent", ev.traceparent);
  if (!ev.causation.empty())
    append_attribute(out, "causationid", ev.causation);
  if (ev.replayed)
    out += ",\"weirreplayed\":true";
  append_further(out, ev);
  if (!extras.state.empty())
    append_attribute(out, "weirstate", extras.state);
  append_content(out, ev);
  out += '}';
  return out;
}

std::string header_text(std::string_view text) {
  std::string out;
  for (const auto c : text) {
    if (c < '!' || c > '~' || c == '"' || c == '%')
      append_percent(out, c);
    else
      out += c;
  }
  return out;
}

} // namespace weir
