#include "storage/record_codec.hpp"

#include <algorithm>
#include <map>

// The part of a commit that tells what its handlers asked for outside of the
// job's stream, and the records that end it.

namespace weir::storage {

namespace {

void put_key(encoder& out, const outbox_key& key) {
  out.text(key.sink);
  out.text(key.job);
  out.number(key.seq);
  out.number(key.nr);
}

outbox_key get_key(decoder& in) {
  outbox_key key;
  key.sink = in.string();
  key.job = in.string();
  key.seq = in.number();
  key.nr = in.number();
  return key;
}

} // namespace

void put_asked(encoder& out, const job_commit& what, const std::vector<log_position>& outgoing) {
  // A commit without any of it has the bytes that it always had.
  if (outgoing.empty() && what.rows.empty() && what.timers.empty())
    return;
  out.number(outgoing.size());
  for (const auto position : outgoing)
    out.number(position);
  out.number(what.rows.size());
  for (const auto& row : what.rows) {
    out.text(row.sink);
    out.number(row.seq);
    out.text(row.row);
  }
  out.number(what.timers.size());
  for (const auto& one : what.timers) {
    out.time(one.due);
    put_event(out, one.body);
  }
}

void get_asked(decoder& in, commit_record& record) {
  if (in.finished())
    return;
  for (auto left = in.count(); left > 0 && in.sound(); --left)
    record.outgoing.push_back(in.number());
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    auto& row = record.what.rows.emplace_back();
    row.sink = in.string();
    row.seq = in.number();
    row.row = in.string();
  }
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    auto& one = record.what.timers.emplace_back();
    one.due = in.time();
    one.body = get_event(in);
  }
}

group_feature feature_of(const event& body) noexcept {
  return body.hops > 0 ? group_feature::effects : group_feature::none;
}

group_feature feature_of(const job_commit& what) noexcept {
  const auto emits = std::any_of(what.entries.begin(), what.entries.end(), [](const stream_entry& entry) {
    return entry.kind == entry_kind::emitted && entry.body->body.hops > 0;
  });
  const auto asks = !what.outgoing.empty() || !what.rows.empty() || !what.timers.empty();
  return emits || asks ? group_feature::effects : group_feature::none;
}

std::vector<outbox_row> keyed_rows(const job_commit& what) {
  std::map<std::pair<std::string_view, sequence>, std::uint64_t> next;
  std::vector<outbox_row> rows;
  rows.reserve(what.rows.size());
  for (const auto& row : what.rows)
    rows.push_back({{row.sink, what.job, row.seq, next[{row.sink, row.seq}]++}, what.at, row.row});
  return rows;
}

std::string encode_timer_fired(const timer_fired_record& record) {
  std::string bytes;
  encoder out{bytes};
  out.time(record.due);
  out.text(record.id);
  out.number(record.event);
  return bytes;
}

result<timer_fired_record> decode_timer_fired(std::string_view bytes) {
  decoder in{bytes};
  timer_fired_record record;
  record.due = in.time();
  record.id = in.string();
  record.event = in.number();
  if (!in.finished())
    return fail(errc::storage_damaged, "the end of a timer does not decode");
  return record;
}

std::string encode_delivered(const std::vector<outbox_key>& rows) {
  std::string bytes;
  encoder out{bytes};
  out.number(rows.size());
  for (const auto& key : rows)
    put_key(out, key);
  return bytes;
}

result<std::vector<outbox_key>> decode_delivered(std::string_view bytes) {
  decoder in{bytes};
  std::vector<outbox_key> rows;
  for (auto left = in.count(); left > 0 && in.sound(); --left)
    rows.push_back(get_key(in));
  if (!in.finished())
    return fail(errc::storage_damaged, "the end of outbox rows does not decode");
  return rows;
}

} // namespace weir::storage
