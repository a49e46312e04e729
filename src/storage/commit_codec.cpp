#include "domain/hash.hpp"
#include "storage/record_codec.hpp"

#include <fmt/format.h>

namespace weir::storage {

namespace {

constexpr std::size_t hash_bytes = sizeof(std::uint64_t);

void put_entry(encoder& out, const stream_entry& entry) {
  out.u8(static_cast<std::uint8_t>(entry.kind));
  switch (entry.kind) {
  case entry_kind::event:
  case entry_kind::dead:
    out.number(entry.body->position);
    break;
  case entry_kind::emitted:
    out.number(entry.caused_by);
    out.time(entry.body->accepted_at);
    put_event(out, entry.body->body);
    break;
  case entry_kind::gap:
    out.text(entry.gap_source);
    out.number(entry.gap.from);
    out.number(entry.gap.to);
    break;
  }
  put_attempts(out, entry.runs);
}

/// @returns false for a kind that this program does not know.
bool get_entry(decoder& in, stream_entry& entry) {
  const auto kind = in.u8();
  if (kind < static_cast<std::uint8_t>(entry_kind::event) || kind > static_cast<std::uint8_t>(entry_kind::dead))
    return false;
  entry.kind = static_cast<entry_kind>(kind);
  if (entry.kind == entry_kind::gap) {
    entry.gap_source = in.string();
    entry.gap.from = in.number();
    entry.gap.to = in.number();
  } else if (entry.kind == entry_kind::emitted) {
    entry.caused_by = static_cast<std::uint32_t>(in.number());
    accepted_event emitted;
    emitted.accepted_at = in.time();
    emitted.body = get_event(in);
    entry.body = std::make_shared<const accepted_event>(std::move(emitted));
  } else {
    entry.body = event_at(in.number());
  }
  entry.runs = get_attempts(in);
  return true;
}

void put_effects(encoder& out, const job_commit& what) {
  out.number(what.records.size());
  for (const auto& put : what.records) {
    out.text(put.collection);
    out.text(put.key);
    out.text(put.document);
  }
  out.number(what.states.size());
  for (const auto& [handler, document] : what.states) {
    out.text(handler);
    out.text(document);
  }
  out.number(what.dead_letters.size());
  for (const auto& letter : what.dead_letters)
    put_letter(out, letter);
  out.number(what.attempts.size());
  for (const auto& [position, run] : what.attempts) {
    out.number(position);
    put_attempts(out, {run});
  }
}

void get_effects(decoder& in, job_commit& what) {
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    auto& put = what.records.emplace_back();
    put.collection = in.string();
    put.key = in.string();
    put.document = in.string();
  }
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    auto& [handler, document] = what.states.emplace_back();
    handler = in.string();
    document = in.string();
  }
  for (auto left = in.count(); left > 0 && in.sound(); --left)
    what.dead_letters.push_back(get_letter(in));
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    const auto position = in.number();
    for (auto& run : get_attempts(in))
      what.attempts.emplace_back(position, std::move(run));
  }
}

void put_body(encoder& out, const job_commit& what, sequence last_before, const std::vector<log_position>& outgoing) {
  out.text(what.job);
  out.number(what.fence);
  out.number(last_before);
  out.time(what.at);
  out.u8(what.mode ? static_cast<std::uint8_t>(*what.mode) : 0xFF);
  out.text(what.mode ? what.mode_reason : std::string{});
  out.number(what.entries.size());
  for (const auto& entry : what.entries)
    put_entry(out, entry);
  out.number(what.finished.size());
  for (const auto position : what.finished)
    out.number(position);
  put_cursors(out, what.cursors);
  put_effects(out, what);
  put_asked(out, what, outgoing);
}

/// About what a commit takes: its bytes are put together without moving them often.
std::size_t size_guess(const job_commit& what) {
  constexpr std::size_t around = 192; ///< names, numbers and times of a thing
  auto bytes = around + what.job.size();
  for (const auto& entry : what.entries)
    bytes += entry.kind == entry_kind::emitted ? around + entry.body->body.payload.size() : around / 2;
  for (const auto& put : what.records)
    bytes += around / 2 + put.document.size();
  for (const auto& [handler, document] : what.states)
    bytes += around / 2 + document.size();
  return bytes;
}

/// The link of the chain covers everything behind itself.
std::uint64_t link_of(std::string_view bytes) {
  return xxh3_64(bytes.substr(hash_bytes));
}

} // namespace

std::string encode_commit(const job_commit& what, sequence last_before, std::uint64_t previous_hash,
                          std::uint64_t& hash, const std::vector<log_position>& outgoing) {
  std::string bytes;
  bytes.reserve(size_guess(what));
  encoder out{bytes};
  out.u64(0); // the hash, once it is known
  out.u64(previous_hash);
  put_body(out, what, last_before, outgoing);
  hash = link_of(bytes);
  std::string link;
  encoder{link}.u64(hash);
  bytes.replace(0, hash_bytes, link);
  return bytes;
}

bool chain_holds(std::string_view bytes) {
  decoder in{bytes};
  const auto hash = in.u64();
  (void)in.u64(); // of the commit before; covered by the hash
  return in.sound() && link_of(bytes) == hash;
}

result<commit_record> decode_commit(std::string_view bytes) {
  constexpr std::uint8_t no_mode = 0xFF;
  const auto broken = fail(errc::storage_damaged, "a commit does not decode");
  decoder in{bytes};
  commit_record record;
  record.hash = in.u64();
  record.previous_hash = in.u64();
  auto& what = record.what;
  what.job = in.string();
  what.fence = in.number();
  record.last_before = in.number();
  what.at = in.time();
  const auto mode = in.u8();
  what.mode_reason = in.string();
  if (mode != no_mode && mode > static_cast<std::uint8_t>(job_mode::parked))
    return broken;
  if (mode != no_mode)
    what.mode = static_cast<job_mode>(mode);
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    stream_entry entry;
    if (!get_entry(in, entry))
      return broken;
    what.entries.push_back(std::move(entry));
    what.entries.back().seq = record.last_before + what.entries.size();
  }
  for (auto left = in.count(); left > 0 && in.sound(); --left)
    what.finished.push_back(in.number());
  what.cursors = get_cursors(in);
  get_effects(in, what);
  get_asked(in, record);
  if (!in.finished())
    return broken;
  return record;
}

} // namespace weir::storage
