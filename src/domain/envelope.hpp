#pragma once

#include "domain/event_parser.hpp"
#include "domain/json_scanner.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

// What the envelope formats have in common. Private to the gate.

/// The event that the fields of one native JSON object stand for.
[[nodiscard]] parsed_event read_native_envelope(json_fields fields, const envelope_hints& hints);

/// Whether these are the fields of {"event_name","event_type","payload",..}:
/// the engagement shape (src/domain/engagement/README.md).
[[nodiscard]] bool is_engagement_envelope(json_fields fields);

/// The event of such an object: type "engagement.event.<event_name>", in the
/// job "user-<user_id>" unless one is named.
[[nodiscard]] parsed_event read_engagement_envelope(json_fields fields, const envelope_hints& hints);

/// The event that the members of one CloudEvent stand for, `data` and
/// `data_base64` included.
[[nodiscard]] parsed_event read_cloudevent_envelope(json_fields fields, const envelope_hints& hints);

/// @returns `duplicate_key` with the name when one stands twice.
[[nodiscard]] status check_unique(json_fields fields);

/// 1-255 bytes without control characters. @param name for the error.
[[nodiscard]] status check_name(std::string_view name, std::string_view text);

/// A name that is not the node's own: "weir", and what begins with "weir-" or
/// "weir/". A producer could otherwise take an id that the node is about to
/// give, or ring a timer.
[[nodiscard]] status check_source(std::string_view source);

/// The string of a field; `validation_failed` for another kind of value.
[[nodiscard]] result<std::string_view> text_of(const json_field& field);

/// Decimal digits that stand for a number of at most 2^53 - 1.
[[nodiscard]] std::optional<std::uint64_t> source_number(std::string_view digits);

/// The parts of a W3C traceparent that Weir passes on, or "" when it is not
/// valid: by the W3C rule an invalid one is dropped, not an error.
[[nodiscard]] std::string_view valid_traceparent(std::string_view text);

/// Whether the content of this media type is JSON; "" is JSON.
[[nodiscard]] bool is_json_type(std::string_view content_type);

/// The media type as an event stores it: "" for plain JSON.
[[nodiscard]] std::string_view stored_content_type(std::string_view content_type);

/// Lower-case type/subtype of a media type, without parameters.
[[nodiscard]] std::string media_type(std::string_view content_type);

/// At most 64 bytes of a text that somebody sent, for an error that quotes it.
[[nodiscard]] std::string quoted_start(std::string_view text);

/// Blanks of JSON and HTTP at both ends removed.
[[nodiscard]] std::string_view trimmed(std::string_view text);

} // namespace weir
