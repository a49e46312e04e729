#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// Limits of the gate.
struct event_limits {
  std::size_t max_bytes = std::size_t{1} << 20; ///< one event's JSON text
  std::size_t max_depth = 10;                   ///< nesting of the payload
  std::size_t max_batch = 500;                  ///< events in one request
};

/// What the transport knows beside the body.
struct envelope_hints {
  std::string job;            ///< from the path or `Weir-Job-Id`; "" when none
  std::string traceparent;    ///< from the header; "" when none
  std::string source = "api"; ///< when the event names none
  timestamp now{};            ///< accept time
};

/// One event, or why this one is refused. The others of its batch go on.
using parsed_event = result<event>;

/// Source of events that came in the engagement shape.
inline constexpr std::string_view engagement_source = "engagement";

/// The gate: size, UTF-8, NUL, depth, well-formedness and envelope, by
/// simdjson, before any DOM. Payload bytes are copied as they came in. One
/// parser per thread. An event without an id leaves with an empty `id`: the
/// caller gives it one.
class event_parser {
public:
  explicit event_parser(event_limits limits);
  ~event_parser();
  event_parser(event_parser&&) noexcept;
  event_parser& operator=(event_parser&&) noexcept;

  /// Native JSON: one object, or an array of them (a batch).
  /// {"jobId","type","data","id"?,"time"?,"source"?,"seq"?,"metadata"?,"priority"?,"traceparent"?}
  /// or {"event_name","event_type","payload"?,"user_id"?,"id"?,"jobId"?,"time"?}.
  /// An error of the result concerns the whole body.
  [[nodiscard]] result<std::vector<parsed_event>> parse_native(std::string_view body, const envelope_hints& hints);

  /// Native JSON, one object per line; empty lines are skipped. Each line is
  /// judged alone.
  [[nodiscard]] result<std::vector<parsed_event>> parse_ndjson(std::string_view body, const envelope_hints& hints);

  /// CloudEvents 1.0 structured mode: one object.
  [[nodiscard]] result<std::vector<parsed_event>> parse_cloudevent(std::string_view body, const envelope_hints& hints);

  /// CloudEvents 1.0 batched mode: an array, empty allowed.
  [[nodiscard]] result<std::vector<parsed_event>> parse_cloudevents_batch(std::string_view body,
                                                                          const envelope_hints& hints);

  /// CloudEvents 1.0 binary mode. @param headers all (name, value) whose name
  /// starts with "ce-", lower case; values as they came in.
  [[nodiscard]] result<std::vector<parsed_event>>
  parse_cloudevent_binary(const std::vector<std::pair<std::string, std::string>>& headers,
                          std::string_view content_type, std::string_view body, const envelope_hints& hints);

  /// Checks one JSON text (size, UTF-8, NUL, depth, form) and nothing else.
  [[nodiscard]] status check(std::string_view text);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// 1-255 bytes of valid UTF-8 without control characters, not "." or "..".
[[nodiscard]] status check_job_id(std::string_view job);

} // namespace weir
