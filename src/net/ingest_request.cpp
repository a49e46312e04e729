#include "net/ingest_request.hpp"

#include "net/idempotency.hpp"

#include <algorithm>

namespace weir::net {

namespace {

std::string media_type(std::string_view content_type) {
  return lower(trim(content_type.substr(0, content_type.find(';'))));
}

std::vector<std::pair<std::string, std::string>> cloudevent_headers(const http_request& request) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& h : request.headers)
    if (h.name.starts_with("ce-"))
      out.emplace_back(h.name, h.value);
  return out;
}

envelope_hints hints_of(const http_request& request, timestamp now) {
  envelope_hints out;
  out.job = request.header_of("weir-job-id");
  out.traceparent = request.header_of("traceparent");
  out.now = now;
  return out;
}

bool starts_array(std::string_view body) noexcept {
  auto first = body.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && body[first] == '[';
}

result<std::vector<parsed_event>> parse(const http_request& request, ingest_format format, event_parser& parser,
                                        timestamp now) {
  auto hints = hints_of(request, now);
  switch (format) {
  case ingest_format::native:
    return parser.parse_native(request.body, hints);
  case ingest_format::ndjson:
    return parser.parse_ndjson(request.body, hints);
  case ingest_format::cloudevent:
    return parser.parse_cloudevent(request.body, hints);
  case ingest_format::cloudevents_batch:
    return parser.parse_cloudevents_batch(request.body, hints);
  case ingest_format::cloudevent_binary:
    return parser.parse_cloudevent_binary(cloudevent_headers(request), request.header_of("content-type"), request.body,
                                          hints);
  }
  return fail(errc::internal, "unknown ingest format");
}

bool is_single(const http_request& request, ingest_format format) noexcept {
  switch (format) {
  case ingest_format::native:
    return !starts_array(request.body);
  case ingest_format::cloudevent:
  case ingest_format::cloudevent_binary:
    return true;
  case ingest_format::ndjson:
  case ingest_format::cloudevents_batch:
    break;
  }
  return false;
}

} // namespace

result<ingest_format> ingest_format_of(const http_request& request) {
  auto type = media_type(request.header_of("content-type"));
  // The batch type first: the other one is its beginning in spirit and in many senders' code.
  if (type == "application/cloudevents-batch+json")
    return ingest_format::cloudevents_batch;
  if (type == "application/cloudevents+json")
    return ingest_format::cloudevent;
  if (request.has_header("ce-specversion"))
    return ingest_format::cloudevent_binary;
  if (type == "application/json")
    return ingest_format::native;
  if (type == "application/x-ndjson")
    return ingest_format::ndjson;
  return fail(errc::unsupported_media_type,
              "send application/json, application/x-ndjson, application/cloudevents+json, "
              "application/cloudevents-batch+json, or ce-* headers");
}

std::size_t ingest_body_limit(const http_request& request, std::size_t event_bytes, std::size_t batch_bytes) {
  auto format = ingest_format_of(request);
  if (format && (*format == ingest_format::cloudevent || *format == ingest_format::cloudevent_binary))
    return event_bytes;
  return std::max(event_bytes, batch_bytes);
}

result<ingest_request> read_ingest(const http_request& request, event_parser& parser, timestamp now) {
  auto format = ingest_format_of(request);
  if (!format)
    return format.error();
  ingest_request out;
  out.wait = preferred_wait(request.header_of("prefer"), max_prefer_wait);
  out.batch.wait = out.wait;
  out.batch.caller = request.caller;
  if (request.has_header("idempotency-key")) {
    auto key = parse_idempotency_key(request.header_of("idempotency-key"));
    if (!key)
      return key.error();
    out.batch.idempotency_key = request.caller + '\n' + *key;
    out.batch.fingerprint = request_fingerprint(request.method, request.path_text(), request.body);
  }
  out.single = is_single(request, *format);
  auto parsed = parse(request, *format, parser, now);
  if (!parsed)
    return parsed.error();
  out.total = parsed->size();
  for (std::size_t i = 0; i < parsed->size(); ++i) {
    auto& one = (*parsed)[i];
    if (!one) {
      out.rejected.push_back({i, one.error()});
      continue;
    }
    out.indexes.push_back(i);
    out.batch.events.push_back(std::move(*one));
  }
  if (out.single && !out.batch.events.empty())
    out.source = out.batch.events.front().source;
  return out;
}

} // namespace weir::net
