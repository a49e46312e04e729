#pragma once

#include "domain/event.hpp"

#include <string>
#include <string_view>

namespace weir {

/// What a receiver may know beside the event itself.
struct cloudevent_extras {
  sequence seq = 0;            ///< number in the job's stream; 0: not yet known
  std::string_view state = {}; ///< the receiver's own document for the job, JSON text; "": none
};

/// The event in CloudEvents 1.0 structured mode, one JSON object. Payload bytes
/// are copied as they are. Extensions: weirjobid, partitionkey (both the job),
/// sequence (20 digits, so that texts sort like numbers), weirsourceseq,
/// traceparent, causationid, weirreplayed, weirstate. Metadata that fits the
/// rules for attributes becomes attributes; when some of it does not,
/// weirmetadata has all of it as JSON text.
[[nodiscard]] std::string encode_cloudevent(const event& ev, const cloudevent_extras& extras);

/// A text as the value of an HTTP header, by the rule of the HTTP binding:
/// what is not U+0021 to U+007E, and space, " and %, is percent-encoded.
[[nodiscard]] std::string header_text(std::string_view text);

} // namespace weir
