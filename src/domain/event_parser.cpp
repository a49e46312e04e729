#include "domain/event_parser.hpp"

#include "domain/cloudevent_headers.hpp"
#include "domain/envelope.hpp"
#include "domain/json_scanner.hpp"

#include <algorithm>
#include <string>

namespace weir {

namespace {

/// Turns the fields of one object into an event.
using envelope_reader = parsed_event (*)(json_fields, const envelope_hints&);

using parsed_events = std::vector<parsed_event>;

} // namespace

struct event_parser::state {
  explicit state(event_limits allowed) : limits(allowed), scanner(allowed.max_depth) {}

  [[nodiscard]] status check_size(std::size_t bytes) const {
    if (bytes <= limits.max_bytes)
      return {};
    return fail(errc::too_large, std::to_string(bytes) + " bytes, allowed are " + std::to_string(limits.max_bytes));
  }

  /// A text that is one event.
  [[nodiscard]] parsed_event one(std::string_view text, const envelope_hints& hints, envelope_reader read) {
    if (auto checked = check_size(text.size()); !checked)
      return checked.error();
    auto fields = scanner.object(text);
    if (!fields)
      return explained(fields.error());
    return read(*fields, hints);
  }

  /// The same as a whole body: its error is the body's.
  [[nodiscard]] result<parsed_events> single(std::string_view body, const envelope_hints& hints, envelope_reader read) {
    auto parsed = one(body, hints, read);
    if (!parsed)
      return parsed.error();
    parsed_events events;
    events.push_back(std::move(parsed));
    return events;
  }

  [[nodiscard]] result<parsed_events> batch(std::string_view body, const envelope_hints& hints, envelope_reader read) {
    parsed_events events;
    auto scanned = scanner.objects(body, limits.max_batch, [&](std::string_view raw, const auto& fields) {
      auto checked = check_size(raw.size());
      if (!fields)
        events.push_back(explained(fields.error()));
      else if (!checked)
        events.push_back(checked.error());
      else
        events.push_back(read(*fields, hints));
    });
    if (!scanned)
      return scanned.error();
    return events;
  }

  /// Adds the limit to the sentence of a scanner that was only told it.
  [[nodiscard]] error explained(error why) const {
    if (why.code == errc::too_deep)
      why.detail = "nested deeper than " + std::to_string(limits.max_depth) + " levels";
    return why;
  }

  event_limits limits;
  json_scanner scanner;
};

event_parser::event_parser(event_limits limits) : state_(std::make_unique<state>(limits)) {}

event_parser::~event_parser() = default;
event_parser::event_parser(event_parser&&) noexcept = default;
event_parser& event_parser::operator=(event_parser&&) noexcept = default;

result<parsed_events> event_parser::parse_native(std::string_view body, const envelope_hints& hints) {
  if (trimmed(body).starts_with('['))
    return state_->batch(body, hints, read_native_envelope);
  return state_->single(body, hints, read_native_envelope);
}

result<parsed_events> event_parser::parse_ndjson(std::string_view body, const envelope_hints& hints) {
  parsed_events events;
  while (!body.empty()) {
    auto line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(line.size() + 1, body.size()));
    line = trimmed(line);
    if (line.empty())
      continue;
    if (events.size() == state_->limits.max_batch)
      return fail(errc::limit_exceeded,
                  "more than " + std::to_string(state_->limits.max_batch) + " events in one request");
    events.push_back(state_->one(line, hints, read_native_envelope));
  }
  if (events.empty())
    return fail(errc::malformed_json, "no event in the body");
  return events;
}

result<parsed_events> event_parser::parse_cloudevent(std::string_view body, const envelope_hints& hints) {
  return state_->single(body, hints, read_cloudevent_envelope);
}

result<parsed_events> event_parser::parse_cloudevents_batch(std::string_view body, const envelope_hints& hints) {
  return state_->batch(body, hints, read_cloudevent_envelope);
}

result<parsed_events>
event_parser::parse_cloudevent_binary(const std::vector<std::pair<std::string, std::string>>& headers,
                                      std::string_view content_type, std::string_view body,
                                      const envelope_hints& hints) {
  if (auto checked = state_->check_size(body.size()); !checked)
    return checked.error();
  cloudevent_members members;
  if (auto added = members.add_headers(headers); !added)
    return added.error();
  if (body.empty() || !is_json_type(content_type)) {
    members.add_bytes(content_type, body);
  } else {
    if (auto checked = check(body); !checked)
      return checked.error();
    members.add_json(content_type, body);
  }
  auto parsed = read_cloudevent_envelope(members.fields(), hints);
  if (!parsed)
    return parsed.error();
  parsed_events events;
  events.push_back(std::move(parsed));
  return events;
}

status event_parser::check(std::string_view text) {
  if (auto checked = state_->check_size(text.size()); !checked)
    return checked;
  auto checked = state_->scanner.value(text);
  return checked ? checked : status{state_->explained(checked.error())};
}

} // namespace weir
