#include "storage/record_codec.hpp"

#include <fmt/format.h>

namespace weir::storage {

namespace {

constexpr std::uint8_t has_source_seq = 0x01;
constexpr std::uint8_t is_replayed = 0x02;
constexpr std::uint8_t has_hops = 0x04;

constexpr auto last_kind = static_cast<std::uint8_t>(payload_kind::base64);
constexpr auto last_priority = static_cast<std::uint8_t>(event_priority::high);

} // namespace

void put_event(encoder& out, const event& body) {
  const auto flags = static_cast<std::uint8_t>((body.source_seq ? has_source_seq : 0) |
                                               (body.replayed ? is_replayed : 0) | (body.hops > 0 ? has_hops : 0));
  out.u8(flags);
  out.u8(static_cast<std::uint8_t>(body.kind));
  out.u8(static_cast<std::uint8_t>(body.priority));
  out.time(body.time);
  if (body.source_seq)
    out.number(*body.source_seq);
  if (body.hops > 0)
    out.number(body.hops);
  out.text(body.job);
  out.text(body.id);
  out.text(body.source);
  out.text(body.type);
  out.text(body.content_type);
  out.text(body.metadata);
  out.text(body.traceparent);
  out.text(body.causation);
  out.text(body.payload);
}

event get_event(decoder& in) {
  event body;
  const auto flags = in.u8();
  const auto kind = in.u8();
  const auto priority = in.u8();
  body.kind = kind <= last_kind ? static_cast<payload_kind>(kind) : payload_kind::none;
  body.priority = priority <= last_priority ? static_cast<event_priority>(priority) : event_priority::normal;
  body.replayed = (flags & is_replayed) != 0;
  body.time = in.time();
  if ((flags & has_source_seq) != 0)
    body.source_seq = in.number();
  if ((flags & has_hops) != 0)
    body.hops = static_cast<std::uint32_t>(in.number());
  body.job = in.string();
  body.id = in.string();
  body.source = in.string();
  body.type = in.string();
  body.content_type = in.string();
  body.metadata = in.string();
  body.traceparent = in.string();
  body.causation = in.string();
  body.payload = in.string();
  return body;
}

std::string encode_event(const event& body, timestamp accepted_at) {
  std::string bytes;
  bytes.reserve(body.payload.size() + body.metadata.size() + 160);
  encoder out{bytes};
  out.time(accepted_at);
  put_event(out, body);
  return bytes;
}

result<accepted_event> decode_event(std::string_view bytes, log_position position) {
  decoder in{bytes};
  accepted_event found;
  found.position = position;
  found.accepted_at = in.time();
  found.body = get_event(in);
  if (!in.finished())
    return fail(errc::storage_damaged, fmt::format("the event at {} does not decode", position));
  return found;
}

event_ptr event_at(log_position position) {
  accepted_event known;
  known.position = position;
  return std::make_shared<const accepted_event>(std::move(known));
}

// -- small records --------------------------------------------------------------

const char* letter_word(closed_as how) noexcept {
  if (how == closed_as::reopened)
    return "open";
  return how == closed_as::replayed ? "replayed" : "discarded";
}

std::string encode_letter_closed(const letter_closed_record& record) {
  std::string bytes;
  encoder out{bytes};
  out.text(record.letter);
  out.u8(static_cast<std::uint8_t>(record.how));
  out.time(record.at);
  return bytes;
}

result<letter_closed_record> decode_letter_closed(std::string_view bytes) {
  decoder in{bytes};
  letter_closed_record record;
  record.letter = in.string();
  const auto how = in.u8();
  record.how = static_cast<closed_as>(how);
  record.at = in.time();
  const auto known = record.how >= closed_as::replayed && record.how <= closed_as::reopened;
  if (!in.finished() || !known)
    return fail(errc::storage_damaged, "the end of a dead letter does not decode");
  return record;
}

std::string encode_answer(const answer_record& record) {
  std::string bytes;
  encoder out{bytes};
  out.text(record.once.key);
  out.text(record.once.fingerprint);
  out.time(record.at);
  out.number(record.items.size());
  for (std::size_t i = 0; i < record.items.size(); ++i) {
    const auto& item = record.items[i];
    out.u8(static_cast<std::uint8_t>(item.outcome));
    out.number(item.position);
    out.number(item.seq);
    out.text(item.id);
    out.text(record.sources[i]);
    out.text(item.job);
  }
  return bytes;
}

result<answer_record> decode_answer(std::string_view bytes) {
  decoder in{bytes};
  answer_record record;
  record.once.key = in.string();
  record.once.fingerprint = in.string();
  record.at = in.time();
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    appended_item item;
    item.outcome = in.u8() == 0 ? append_outcome::accepted : append_outcome::duplicate;
    item.position = in.number();
    item.seq = in.number();
    item.id = in.string();
    record.sources.push_back(in.string());
    item.job = in.string();
    record.items.push_back(std::move(item));
  }
  if (!in.finished())
    return fail(errc::storage_damaged, "the answer to an idempotency key does not decode");
  return record;
}

} // namespace weir::storage
