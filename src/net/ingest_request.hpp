#pragma once

#include "domain/event_parser.hpp"
#include "net/gateway.hpp"
#include "net/http_message.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace weir::net {

/// How the events stand in the body.
enum class ingest_format { native, ndjson, cloudevent, cloudevents_batch, cloudevent_binary };

/// An event of a request that goes no further.
struct rejected_item {
  std::size_t index = 0;
  error why;
  std::chrono::milliseconds retry_after{0}; ///< 0: no hint
};

/// A request to POST events, read: what goes to the node and what does not.
struct ingest_request {
  submission batch;
  std::vector<std::size_t> indexes; ///< of batch.events in the request
  std::vector<rejected_item> rejected;
  std::size_t total = 0;
  bool single = false; ///< one object was sent, not an array or lines
  std::string source;  ///< of the event when single
  std::chrono::seconds wait{0};
};

/// Longest `Prefer: wait`.
inline constexpr std::chrono::seconds max_prefer_wait{30};

/// Decides by headers alone; `errc::unsupported_media_type` for anything else.
[[nodiscard]] result<ingest_format> ingest_format_of(const http_request& request);

/// How long the body of this request may be.
[[nodiscard]] std::size_t ingest_body_limit(const http_request& request, std::size_t event_bytes,
                                            std::size_t batch_bytes);

/// Reads a request. An error concerns the request as a whole.
[[nodiscard]] result<ingest_request> read_ingest(const http_request& request, event_parser& parser, timestamp now);

/// Moves the items that the node refused to those that the parser refused.
void take_refused(ingest_request& request, submission_answer& answer);

/// The answer to a request that the node took.
[[nodiscard]] http_response ingest_response(const ingest_request& request, const submission_answer& answer,
                                            std::string_view instance);

/// The answer when nothing is left to submit.
[[nodiscard]] http_response nothing_accepted(const ingest_request& request, std::string_view instance);

/// "/api/v1/events/<id>", with "?source=" when it is not the default.
[[nodiscard]] std::string event_href(std::string_view id, std::string_view source);

} // namespace weir::net
