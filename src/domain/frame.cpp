#include "domain/frame.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>

namespace weir {

namespace {

constexpr std::string_view gap_type = "weir.gap";
constexpr std::string_view no_run_code = "late"; // the only dead end that no handler saw

void append_number(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits{};
  auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_number_field(std::string& out, std::string_view lead, std::uint64_t value) {
  out += lead;
  append_number(out, value);
}

void append_text_field(std::string& out, std::string_view lead, std::string_view value) {
  out += lead;
  append_json_string(out, value);
}

std::size_t size_guess(const stream_entry& entry) {
  constexpr std::size_t names_and_numbers = 256;
  if (!entry.body)
    return names_and_numbers + entry.gap_source.size();
  const auto& body = entry.body->body;
  return names_and_numbers + body.id.size() + body.type.size() + body.source.size() + body.payload.size() +
         body.metadata.size() + body.content_type.size() + body.causation.size();
}

void append_payload(std::string& out, const event& body) {
  switch (body.kind) {
  case payload_kind::none:
    break;
  case payload_kind::json:
    out.append(",\"data\":").append(body.payload);
    break;
  case payload_kind::base64:
    // The gate let nothing but base64 characters in: no escapes.
    out.append(",\"data_base64\":\"").append(body.payload).append("\"");
    break;
  }
  if (!body.content_type.empty())
    append_text_field(out, ",\"datacontenttype\":", body.content_type);
}

void append_event(std::string& out, const event& body) {
  append_text_field(out, ",\"id\":", body.id);
  append_text_field(out, ",\"type\":", body.type);
  out.append(",\"time\":\"").append(to_rfc3339(body.time)).append("\"");
  append_payload(out, body);
  if (!body.source.empty())
    append_text_field(out, ",\"source\":", body.source);
  if (body.source_seq)
    append_number_field(out, ",\"sourceSeq\":", *body.source_seq);
  if (!body.metadata.empty())
    out.append(",\"metadata\":").append(body.metadata);
  if (!body.causation.empty())
    append_text_field(out, ",\"causationId\":", body.causation);
  if (body.replayed)
    out += ",\"replayed\":true";
}

void append_dead(std::string& out, const std::vector<attempt>& runs) {
  append_text_field(out, ",\"dead\":{\"code\":", runs.empty() ? no_run_code : std::string_view{runs.back().code});
  append_text_field(out, ",\"detail\":", runs.empty() ? std::string_view{} : std::string_view{runs.back().detail});
  append_number_field(out, ",\"attempts\":", runs.empty() ? 0 : runs.back().number);
  out += '}';
}

void append_gap(std::string& out, const stream_entry& entry) {
  append_text_field(out, ",\"type\":", gap_type);
  append_text_field(out, ",\"gap\":{\"source\":", entry.gap_source);
  append_number_field(out, ",\"from\":", entry.gap.from);
  append_number_field(out, ",\"to\":", entry.gap.to);
  out += '}';
}

/// What stands for a character in a JSON string; empty: the character itself.
std::string_view short_escape(char c) {
  switch (c) {
  case '"':
    return "\\\"";
  case '\\':
    return "\\\\";
  case '\b':
    return "\\b";
  case '\f':
    return "\\f";
  case '\n':
    return "\\n";
  case '\r':
    return "\\r";
  case '\t':
    return "\\t";
  default:
    return {};
  }
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  if (auto escape = short_escape(c); !escape.empty()) {
    out += escape;
    return;
  }
  out += "\\u00";
  out += hex[static_cast<std::uint8_t>(c) >> 4];
  out += hex[static_cast<std::uint8_t>(c) & 0x0f];
}

void write_frame(const stream_entry& entry, frame& made) {
  made.seq = entry.seq;
  auto& out = made.body;
  out.reserve(size_guess(entry));
  append_number_field(out, "\"seq\":", entry.seq);
  if (entry.kind == entry_kind::gap || !entry.body) {
    made.type = gap_type;
    append_gap(out, entry);
    return;
  }
  made.type = entry.body->body.type;
  append_event(out, entry.body->body);
  if (entry.kind == entry_kind::dead)
    append_dead(out, entry.runs);
}

} // namespace

frame_ptr encode_frame(const stream_entry& entry) {
  auto made = std::make_shared<frame>();
  write_frame(entry, *made);
  // Twice a search for one letter: faster than one for both.
  made->has_breaks = made->body.find('\n') != std::string::npos || made->body.find('\r') != std::string::npos;
  return made;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (static_cast<std::uint8_t>(c) >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text.substr(copied, i - copied));
    append_escaped(out, c);
    copied = i + 1;
  }
  out.append(text.substr(copied));
  out += '"';
}

} // namespace weir
