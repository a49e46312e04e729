#include "domain/base64.hpp"
#include "domain/envelope.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace weir {

namespace {

/// Attributes that become fields of the event and not metadata.
constexpr std::array own_attributes{
    std::string_view{"specversion"}, std::string_view{"id"},        std::string_view{"source"},
    std::string_view{"type"},        std::string_view{"time"},      std::string_view{"datacontenttype"},
    std::string_view{"traceparent"}, std::string_view{"weirjobid"},
};

bool is_payload(std::string_view name) {
  return name == "data" || name == "data_base64";
}

/// A null attribute counts as one that is not there.
const json_field* find(json_fields fields, std::string_view name) {
  auto found = std::ranges::find(fields, name, &json_field::name);
  return found == fields.end() || (found->kind == json_kind::null && name != "data") ? nullptr : &*found;
}

std::string_view text_or_nothing(json_fields fields, std::string_view name) {
  const auto* field = find(fields, name);
  return field == nullptr ? std::string_view{} : field->text;
}

status check_attribute(const json_field& field) {
  auto plain = std::ranges::all_of(field.name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  if (field.name.empty() || !plain)
    return fail(errc::validation_failed,
                "the attribute name " + quoted_start(field.name) + " must consist of lower-case letters and digits");
  auto nested = field.kind == json_kind::array || field.kind == json_kind::object;
  auto fractional = field.kind == json_kind::number && field.raw.find_first_of(".eE") != std::string_view::npos;
  if (nested || fractional)
    return fail(errc::validation_failed,
                "the attribute " + quoted_start(field.name) + " must be a string, an integer or a boolean");
  auto known = std::ranges::find(own_attributes, field.name) != own_attributes.end() || field.name == "subject" ||
               field.name == "dataschema" || field.name == "partitionkey";
  if (known && field.kind != json_kind::string && field.kind != json_kind::null)
    return fail(errc::validation_failed, std::string{field.name} + " must be a string");
  return {};
}

status read_required(json_fields fields, std::string_view name, std::string& out) {
  const auto* field = find(fields, name);
  if (field == nullptr)
    return fail(errc::validation_failed, std::string{name} + " is missing");
  out = field->text;
  return check_name(name, out);
}

status read_time(json_fields fields, timestamp& out) {
  const auto* field = find(fields, "time");
  if (field == nullptr)
    return {};
  auto at = parse_rfc3339(field->text);
  if (!at)
    return fail(errc::validation_failed, "time: " + at.error().detail);
  out = *at;
  return {};
}

status read_identity(json_fields fields, event& out) {
  std::string version;
  if (auto read = read_required(fields, "specversion", version); !read)
    return read;
  if (version != "1.0")
    return fail(errc::validation_failed, "specversion must be \"1.0\"");
  if (auto read = read_required(fields, "id", out.id); !read)
    return read;
  if (auto read = read_required(fields, "source", out.source); !read)
    return read;
  if (auto checked = check_source(out.source); !checked)
    return checked;
  if (auto read = read_required(fields, "type", out.type); !read)
    return read;
  return read_time(fields, out.time);
}

status read_job(json_fields fields, const envelope_hints& hints, std::string& out) {
  if (const auto* own = find(fields, "weirjobid")) {
    out = own->text;
    if (!hints.job.empty() && hints.job != out)
      return fail(errc::validation_failed, "weirjobid differs from the job that the request names");
    return check_job_id(out);
  }
  for (auto candidate :
       {text_or_nothing(fields, "partitionkey"), text_or_nothing(fields, "subject"), std::string_view{hints.job}}) {
    if (candidate.empty())
      continue;
    out = candidate;
    return check_job_id(out);
  }
  return fail(errc::no_job, "none of weirjobid, partitionkey, subject and the request names the job");
}

status read_payload(json_fields fields, event& out) {
  const auto* data = find(fields, "data");
  const auto* bytes = find(fields, "data_base64");
  auto content_type = text_or_nothing(fields, "datacontenttype");
  if (data != nullptr && bytes != nullptr)
    return fail(errc::validation_failed, "data and data_base64 exclude each other");
  if (data != nullptr) {
    out.kind = payload_kind::json;
    out.payload = data->raw;
    out.content_type = stored_content_type(content_type);
    return {};
  }
  out.content_type = content_type;
  if (bytes == nullptr)
    return {};
  auto text = text_of(*bytes);
  if (!text)
    return text.error();
  if (auto decoded = base64_decode(*text); !decoded)
    return fail(errc::validation_failed, "data_base64: " + decoded.error().detail);
  out.kind = payload_kind::base64;
  out.payload = *text;
  return {};
}

/// The producer's number, where the sequence attribute is one.
std::optional<std::uint64_t> read_sequence(json_fields fields) {
  const auto* field = find(fields, "sequence");
  if (field == nullptr)
    return std::nullopt;
  return source_number(field->kind == json_kind::string ? field->text : field->raw);
}

/// All further attributes as one object, values as they came in.
std::string collect_metadata(json_fields fields, bool sequence_is_used) {
  std::string out;
  for (const auto& field : fields) {
    auto own = std::ranges::find(own_attributes, field.name) != own_attributes.end();
    if (own || is_payload(field.name) || field.kind == json_kind::null ||
        (sequence_is_used && field.name == "sequence"))
      continue;
    // Attribute names consist of letters and digits: nothing to escape.
    out.append(out.empty() ? "{\"" : ",\"").append(field.name).append("\":").append(field.raw);
  }
  if (!out.empty())
    out += '}';
  return out;
}

status check_members(json_fields fields) {
  if (auto checked = check_unique(fields); !checked)
    return checked;
  for (const auto& field : fields) {
    if (is_payload(field.name))
      continue;
    if (auto checked = check_attribute(field); !checked)
      return checked;
  }
  return {};
}

} // namespace

parsed_event read_cloudevent_envelope(json_fields fields, const envelope_hints& hints) {
  if (auto checked = check_members(fields); !checked)
    return checked.error();
  event made;
  made.time = hints.now;
  if (auto read = read_identity(fields, made); !read)
    return read.error();
  if (auto read = read_job(fields, hints, made.job); !read)
    return read.error();
  if (auto read = read_payload(fields, made); !read)
    return read.error();
  made.source_seq = read_sequence(fields);
  made.metadata = collect_metadata(fields, made.source_seq.has_value());
  made.traceparent = valid_traceparent(text_or_nothing(fields, "traceparent"));
  if (made.traceparent.empty())
    made.traceparent = valid_traceparent(hints.traceparent);
  return made;
}

} // namespace weir
