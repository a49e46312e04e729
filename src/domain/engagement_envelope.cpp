#include "domain/envelope.hpp"
#include "domain/frame.hpp"

namespace weir {

namespace {

/// The fields of {"event_name","event_type","payload",..}, as far as they were given.
struct engagement_fields {
  std::string_view name;
  std::string_view type;
  std::string_view user;    ///< JSON text
  std::string user_job;     ///< the job of that user
  std::string_view payload; ///< JSON text
  event made;
};

status take_text(const json_field& field, std::string_view& out) {
  auto text = text_of(field);
  if (!text)
    return text.error();
  out = *text;
  return check_name(field.name, *text);
}

status take_user(const json_field& field, engagement_fields& out) {
  if (field.kind != json_kind::string && field.kind != json_kind::number)
    return fail(errc::validation_failed, "user_id must be a string or a number");
  out.user = field.raw;
  out.user_job = "user-";
  out.user_job += field.kind == json_kind::string ? field.text : field.raw;
  return {};
}

status take_payload(const json_field& field, std::string_view& out) {
  if (field.kind != json_kind::object && field.kind != json_kind::null)
    return fail(errc::validation_failed, "payload must be an object or null");
  out = field.raw;
  return {};
}

status take_time(const json_field& field, timestamp& out) {
  auto text = text_of(field);
  auto at = text ? parse_rfc3339(*text) : result<timestamp>{text.error()};
  if (!at)
    return fail(errc::validation_failed, std::string{field.name} + ": " + at.error().detail);
  out = *at;
  return {};
}

status take_id(const json_field& field, std::string& out) {
  std::string_view text;
  if (auto taken = take_text(field, text); !taken)
    return taken;
  out = text;
  return {};
}

status take(const json_field& field, engagement_fields& out) {
  if (field.name == "payload")
    return take_payload(field, out.payload);
  if (field.kind == json_kind::null)
    return {};
  if (field.name == "event_name")
    return take_text(field, out.name);
  if (field.name == "event_type")
    return take_text(field, out.type);
  if (field.name == "user_id")
    return take_user(field, out);
  if (field.name == "id")
    return take_id(field, out.made.id);
  if (field.name == "jobId")
    return take_id(field, out.made.job);
  if (field.name == "time")
    return take_time(field, out.made.time);
  return fail(errc::validation_failed,
              "unknown field " + quoted_start(field.name) +
                  "; beside event_name and event_type there are payload, user_id, id, jobId and time");
}

} // namespace

bool is_engagement_envelope(json_fields fields) {
  for (const auto& field : fields)
    if (field.name == "event_name" || field.name == "event_type")
      return true;
  return false;
}

parsed_event read_engagement_envelope(json_fields fields, const envelope_hints& hints) {
  engagement_fields read;
  read.made.time = hints.now;
  for (const auto& field : fields)
    if (auto taken = take(field, read); !taken)
      return taken.error();
  if (read.name.empty() || read.type.empty())
    return fail(errc::validation_failed, "event_name or event_type is missing");
  auto& made = read.made;
  if (!hints.job.empty() && !made.job.empty() && made.job != hints.job)
    return fail(errc::validation_failed, "jobId differs from the one that the request names");
  if (made.job.empty())
    made.job = !hints.job.empty() ? hints.job : !read.user_job.empty() ? read.user_job : "engagement";
  if (auto checked = check_job_id(made.job); !checked)
    return checked.error();
  made.source = engagement_source;
  made.type = "engagement.event." + std::string{read.name};
  if (auto checked = check_name("event_name", made.type); !checked)
    return checked.error();
  made.kind = payload_kind::json;
  made.payload = R"({"event_name":)";
  append_json_string(made.payload, read.name);
  made.payload += R"(,"event_type":)";
  append_json_string(made.payload, read.type);
  if (!read.user.empty())
    made.payload.append(R"(,"user_id":)").append(read.user);
  made.payload.append(R"(,"payload":)").append(read.payload.empty() ? "null" : read.payload).append("}");
  made.traceparent = valid_traceparent(hints.traceparent);
  return std::move(made);
}

} // namespace weir
