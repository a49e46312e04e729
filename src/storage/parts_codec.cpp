#include "storage/record_codec.hpp"

namespace weir::storage {

void put_attempts(encoder& out, const std::vector<attempt>& runs) {
  out.number(runs.size());
  for (const auto& run : runs) {
    out.number(run.number);
    out.time(run.at);
    out.text(run.handler);
    out.text(run.outcome);
    out.text(run.code);
    out.text(run.detail);
    out.number(run.duration_us);
  }
}

std::vector<attempt> get_attempts(decoder& in) {
  std::vector<attempt> runs;
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    auto& run = runs.emplace_back();
    run.number = static_cast<std::uint32_t>(in.number());
    run.at = in.time();
    run.handler = in.string();
    run.outcome = in.string();
    run.code = in.string();
    run.detail = in.string();
    run.duration_us = static_cast<std::uint32_t>(in.number());
  }
  return runs;
}

void put_cursors(encoder& out, const source_cursors& cursors) {
  out.number(cursors.size());
  for (const auto& [source, cursor] : cursors) {
    out.text(source);
    out.u8(cursor.known ? 1 : 0);
    out.number(cursor.seq);
    out.number(cursor.missing.size());
    for (const auto& range : cursor.missing) {
      out.number(range.from);
      out.number(range.to);
    }
  }
}

source_cursors get_cursors(decoder& in) {
  source_cursors cursors;
  for (auto left = in.count(); left > 0 && in.sound(); --left) {
    auto& cursor = cursors[in.string()];
    cursor.known = in.u8() != 0;
    cursor.seq = in.number();
    for (auto ranges = in.count(); ranges > 0 && in.sound(); --ranges) {
      auto& range = cursor.missing.emplace_back();
      range.from = in.number();
      range.to = in.number();
    }
  }
  return cursors;
}

void put_letter(encoder& out, const dead_letter& letter) {
  out.text(letter.id);
  out.text(letter.job);
  out.number(letter.seq);
  out.number(letter.position);
  out.text(letter.event_id);
  out.text(letter.event_type);
  out.text(letter.source);
  out.text(letter.handler);
  out.text(letter.code);
  out.text(letter.detail);
  out.text(letter.fingerprint);
  out.time(letter.accepted_at);
  out.time(letter.died_at);
  out.text(letter.state);
  put_attempts(out, letter.attempts);
}

dead_letter get_letter(decoder& in) {
  dead_letter letter;
  letter.id = in.string();
  letter.job = in.string();
  letter.seq = in.number();
  letter.position = in.number();
  letter.event_id = in.string();
  letter.event_type = in.string();
  letter.source = in.string();
  letter.handler = in.string();
  letter.code = in.string();
  letter.detail = in.string();
  letter.fingerprint = in.string();
  letter.accepted_at = in.time();
  letter.died_at = in.time();
  letter.state = in.string();
  letter.attempts = get_attempts(in);
  return letter;
}

} // namespace weir::storage
