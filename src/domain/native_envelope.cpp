#include "domain/envelope.hpp"
#include "domain/frame.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace weir {

namespace {

/// What a field means; several names may mean the same.
enum class native_field : std::uint8_t {
  job,
  type,
  payload,
  id,
  time,
  source,
  seq,
  metadata,
  priority,
  trace,
  subject
};

struct native_name {
  std::string_view name;
  native_field field;
};

constexpr std::array native_names{
    native_name{"jobId", native_field::job},         native_name{"type", native_field::type},
    native_name{"data", native_field::payload},      native_name{"id", native_field::id},
    native_name{"time", native_field::time},         native_name{"source", native_field::source},
    native_name{"seq", native_field::seq},           native_name{"sourceSeq", native_field::seq},
    native_name{"metadata", native_field::metadata}, native_name{"priority", native_field::priority},
    native_name{"traceparent", native_field::trace}, native_name{"subject", native_field::subject},
};

/// Levenshtein distance of two short texts.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

error unknown_field(std::string_view name) {
  constexpr std::size_t longest_worth_a_guess = 32;
  auto detail = "unknown field " + quoted_start(name);
  if (name.size() > longest_worth_a_guess)
    return fail(errc::validation_failed, std::move(detail));
  auto nearest =
      std::ranges::min_element(native_names, {}, [name](const auto& row) { return distance(name, row.name); });
  if (distance(name, nearest->name) <= std::max<std::size_t>(1, name.size() / 2))
    detail += ", did you mean \"" + std::string{nearest->name} + "\"?";
  return fail(errc::validation_failed, std::move(detail));
}

status read_name(const json_field& field, std::string& out) {
  auto text = text_of(field);
  if (!text)
    return text.error();
  if (auto checked = check_name(field.name, *text); !checked)
    return checked;
  out = *text;
  return {};
}

status read_job(const json_field& field, std::string& out) {
  auto text = text_of(field);
  if (!text)
    return text.error();
  out = *text;
  return check_job_id(out);
}

status read_time(const json_field& field, timestamp& out) {
  auto text = text_of(field);
  auto at = text ? parse_rfc3339(*text) : result<timestamp>{text.error()};
  if (!at)
    return fail(errc::validation_failed, std::string{field.name} + ": " + at.error().detail);
  out = *at;
  return {};
}

status read_seq(const json_field& field, std::optional<std::uint64_t>& out) {
  auto number = field.kind == json_kind::number ? source_number(field.raw) : std::nullopt;
  if (!number)
    return fail(errc::validation_failed, std::string{field.name} + " must be an integer from 0 to 9007199254740991");
  if (out)
    return fail(errc::validation_failed, "seq and sourceSeq mean the same, give one of them");
  out = number;
  return {};
}

status read_priority(const json_field& field, event_priority& out) {
  if (field.text == "low")
    out = event_priority::low;
  else if (field.text == "normal")
    out = event_priority::normal;
  else if (field.text == "high")
    out = event_priority::high;
  else
    return fail(errc::validation_failed, "priority must be \"low\", \"normal\" or \"high\"");
  return {};
}

status read_traceparent(const json_field& field, std::string& out) {
  auto text = text_of(field);
  if (!text)
    return text.error();
  out = valid_traceparent(*text);
  return {};
}

/// The metadata object with the subject as one more member.
result<std::string> join_metadata(std::string_view metadata, const std::string& subject) {
  if (subject.empty())
    return std::string{metadata};
  std::string joined = "{\"subject\":";
  append_json_string(joined, subject);
  auto members = trimmed(metadata.substr(std::min<std::size_t>(1, metadata.size())));
  if (members.empty() || members == "}")
    return joined + "}";
  if (nlohmann::json::parse(metadata, nullptr, false).contains("subject"))
    return fail(errc::duplicate_key, "subject stands in the event and in its metadata");
  return joined.append(",").append(members);
}

/// Takes the fields in one by one; `finish` judges the whole.
class native_reader {
public:
  explicit native_reader(const envelope_hints& hints) : hints_(hints) {
    made_.time = hints.now;
  }

  status take(const json_field& field) {
    auto known = std::ranges::find(native_names, field.name, &native_name::name);
    if (known == native_names.end())
      return unknown_field(field.name);
    if (known->field == native_field::payload) {
      made_.kind = payload_kind::json;
      made_.payload = field.raw;
      return {};
    }
    // As in CloudEvents, null stands for "not given".
    return field.kind == json_kind::null ? status{} : take_attribute(known->field, field);
  }

  parsed_event finish() {
    if (made_.type.empty())
      return fail(errc::validation_failed, "type is missing");
    if (auto checked = settle_job(); !checked)
      return checked.error();
    auto joined = join_metadata(metadata_, subject_);
    if (!joined)
      return joined.error();
    made_.metadata = std::move(*joined);
    if (made_.source.empty())
      made_.source = hints_.source;
    if (auto checked = check_source(made_.source); !checked)
      return checked.error();
    if (made_.traceparent.empty())
      made_.traceparent = valid_traceparent(hints_.traceparent);
    return std::move(made_);
  }

private:
  status take_attribute(native_field meaning, const json_field& field) {
    switch (meaning) {
    case native_field::job:
      return read_job(field, made_.job);
    case native_field::type:
      return read_name(field, made_.type);
    case native_field::id:
      return read_name(field, made_.id);
    case native_field::time:
      return read_time(field, made_.time);
    case native_field::source:
      return read_name(field, made_.source);
    case native_field::seq:
      return read_seq(field, made_.source_seq);
    case native_field::priority:
      return read_priority(field, made_.priority);
    case native_field::trace:
      return read_traceparent(field, made_.traceparent);
    case native_field::subject:
      return read_name(field, subject_);
    case native_field::metadata:
      metadata_ = field.raw;
      return field.kind == json_kind::object ? status{}
                                             : status{fail(errc::validation_failed, "metadata must be an object")};
    case native_field::payload:
      break; // taken before
    }
    return {};
  }

  status settle_job() {
    if (hints_.job.empty())
      return made_.job.empty() ? status{fail(errc::no_job, "jobId is missing")} : status{};
    if (made_.job.empty())
      made_.job = hints_.job;
    if (made_.job != hints_.job)
      return fail(errc::validation_failed, "jobId differs from the one that the request names");
    return check_job_id(made_.job);
  }

  const envelope_hints& hints_;
  event made_;
  std::string_view metadata_;
  std::string subject_;
};

} // namespace

parsed_event read_native_envelope(json_fields fields, const envelope_hints& hints) {
  if (auto checked = check_unique(fields); !checked)
    return checked.error();
  if (is_engagement_envelope(fields))
    return read_engagement_envelope(fields, hints);
  native_reader reader{hints};
  for (const auto& field : fields) {
    if (auto taken = reader.take(field); !taken)
      return taken.error();
  }
  return reader.finish();
}

} // namespace weir
