#include "storage/view_rows.hpp"

#include "storage/format_version.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

namespace {

error broken_row(std::string_view what) {
  return fail(errc::storage_damaged, fmt::format("a {} row of the view does not decode", what));
}

} // namespace

std::string meta_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  out.u32(view_format_version);
  out.raw({reinterpret_cast<const char*>(store_id.data()), store_id.size()});
  for (const auto value : {position, group, jobs, entries, pending, pending_bytes, open_letters, timers, outbox})
    out.u64(value);
  return bytes;
}

result<meta_row> meta_row::decode(std::string_view bytes) {
  decoder in{bytes};
  const auto version = in.u32();
  if (version > view_format_version)
    return newer_format("the view", version, view_format_version);
  if (version == 0)
    return fail(errc::storage_damaged, fmt::format("the view has format {}", version));
  meta_row row;
  for (auto& byte : row.store_id)
    byte = in.u8();
  for (auto* value :
       {&row.position, &row.group, &row.jobs, &row.entries, &row.pending, &row.pending_bytes, &row.open_letters})
    *value = in.u64();
  if (version > 1) {
    row.timers = in.u64();
    row.outbox = in.u64();
  }
  if (!in.finished())
    return broken_row("meta");
  return row;
}

std::string job_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  out.number(first_seq);
  out.number(last_seq);
  out.number(fence);
  out.u64(hash);
  out.u8(static_cast<std::uint8_t>(mode));
  out.text(mode_reason);
  out.time(updated_at);
  put_cursors(out, cursors);
  out.u8(may_have_states ? 1 : 0);
  return bytes;
}

result<job_row> job_row::decode(std::string_view bytes) {
  decoder in{bytes};
  job_row row;
  row.first_seq = in.number();
  row.last_seq = in.number();
  row.fence = in.number();
  row.hash = in.u64();
  row.mode = static_cast<job_mode>(in.u8());
  row.mode_reason = in.string();
  row.updated_at = in.time();
  row.cursors = get_cursors(in);
  row.may_have_states = in.rest().empty() || in.u8() != 0;
  if (!in.finished() || row.mode > job_mode::parked)
    return broken_row("job");
  return row;
}

std::string pending_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  out.number(payload_bytes);
  out.time(accepted_at);
  out.text(id);
  out.text(source);
  put_attempts(out, attempts);
  return bytes;
}

result<pending_row> pending_row::decode(std::string_view bytes) {
  decoder in{bytes};
  pending_row row;
  row.payload_bytes = in.number();
  row.accepted_at = in.time();
  row.id = in.string();
  row.source = in.string();
  row.attempts = get_attempts(in);
  if (!in.finished())
    return broken_row("pending");
  return row;
}

std::string event_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  out.number(position);
  out.number(made_at);
  out.time(accepted_at);
  out.text(job);
  out.number(seq);
  out.u8(static_cast<std::uint8_t>(stage));
  put_attempts(out, attempts);
  return bytes;
}

result<event_row> event_row::decode(std::string_view bytes) {
  decoder in{bytes};
  event_row row;
  row.position = in.number();
  row.made_at = in.number();
  row.accepted_at = in.time();
  row.job = in.string();
  row.seq = in.number();
  row.stage = static_cast<event_stage>(in.u8());
  row.attempts = get_attempts(in);
  if (!in.finished() || row.stage > event_stage::discarded)
    return broken_row("event");
  return row;
}

log_position event_row::position_in(std::string_view bytes) {
  return decoder{bytes}.number();
}

std::string letter_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  put_letter(out, letter);
  out.time(letter.closed_at);
  return bytes;
}

result<letter_row> letter_row::decode(std::string_view bytes) {
  decoder in{bytes};
  letter_row row{get_letter(in)};
  // A row of an earlier program ends here: closed long ago.
  if (!in.finished())
    row.letter.closed_at = in.time();
  if (!in.finished())
    return broken_row("dead letter");
  return row;
}

std::string waiting_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  out.time(at);
  out.text(row);
  return bytes;
}

result<waiting_row> waiting_row::decode(std::string_view bytes) {
  decoder in{bytes};
  waiting_row found;
  found.at = in.time();
  found.row = in.string();
  if (!in.finished())
    return broken_row("outbox");
  return found;
}

std::string sink_count::encode() const {
  std::string bytes;
  encoder{bytes}.number(pending);
  return bytes;
}

result<sink_count> sink_count::decode(std::string_view bytes) {
  decoder in{bytes};
  sink_count found;
  found.pending = in.number();
  if (!in.finished())
    return broken_row("sink");
  return found;
}

std::string timer_row::encode() const {
  std::string bytes;
  encoder out{bytes};
  put_event(out, body);
  return bytes;
}

result<timer_row> timer_row::decode(std::string_view bytes) {
  decoder in{bytes};
  timer_row found{get_event(in)};
  if (!in.finished())
    return broken_row("timer");
  return found;
}

const char* stage_word(event_stage stage) noexcept {
  switch (stage) {
  case event_stage::accepted:
    return event_status::accepted;
  case event_stage::retrying:
    return event_status::retrying;
  case event_stage::processed:
    return event_status::processed;
  case event_stage::dead:
    return event_status::dead;
  case event_stage::discarded:
    return event_status::discarded;
  }
  return event_status::accepted;
}

} // namespace weir::storage
