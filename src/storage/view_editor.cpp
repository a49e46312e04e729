#include "storage/view_editor.hpp"

#include "storage/store_rules.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

void view_editor::put(std::string key, std::string value) {
  changes_.insert_or_assign(std::move(key), std::move(value));
}

void view_editor::erase(std::string key) {
  changes_.insert_or_assign(std::move(key), std::nullopt);
}

// -- events ---------------------------------------------------------------------

status view_editor::accept(const accepted_event& what) {
  const auto& body = what.body;
  const auto known = job(body.job);
  if (!known)
    return known.error();
  if (!*known) {
    job_row born;
    born.updated_at = what.accepted_at;
    put(keys::job(body.job), born.encode());
    ++meta_.jobs;
  }
  const pending_row waiting{body.payload.size(), what.accepted_at, body.id, body.source, {}};
  put(keys::pending(body.job, what.position), waiting.encode());
  const event_row seen{what.position, what.position, what.accepted_at, body.job, 0, event_stage::accepted, {}};
  put(keys::event(body.id, body.source), seen.encode());
  ++meta_.pending;
  meta_.pending_bytes += body.payload.size();
  return {};
}

// -- commits --------------------------------------------------------------------

status view_editor::note_attempts(const commit_record& what) {
  for (const auto& [position, run] : what.what.attempts) {
    auto waiting = pending(what.what.job, position);
    if (!waiting)
      return waiting.error();
    if (!*waiting)
      return fail(errc::storage_damaged, fmt::format("a run of the event at {} which is not pending", position));
    (*waiting)->attempts.push_back(run);
    put(keys::pending(what.what.job, position), (*waiting)->encode());
    auto known = event((*waiting)->id, (*waiting)->source);
    if (!known)
      return known.error();
    if (*known && (*known)->position == position) {
      (*known)->stage = event_stage::retrying;
      put(keys::event((*waiting)->id, (*waiting)->source), (*known)->encode());
    }
  }
  return {};
}

status view_editor::finish(const commit_record& what, log_position position) {
  auto waiting = pending(what.what.job, position);
  if (!waiting)
    return waiting.error();
  if (!*waiting)
    return fail(errc::storage_damaged, fmt::format("the event at {} is finished but not pending", position));
  erase(keys::pending(what.what.job, position));
  --meta_.pending;
  meta_.pending_bytes -= (*waiting)->payload_bytes;
  auto known = event((*waiting)->id, (*waiting)->source);
  if (!known)
    return known.error();
  if (!*known || (*known)->position != position)
    return {}; // a newer event has taken the id
  const auto& entries = what.what.entries;
  const auto own = std::find_if(entries.begin(), entries.end(), [position](const stream_entry& entry) {
    return (entry.kind == entry_kind::event || entry.kind == entry_kind::dead) && entry.body->position == position;
  });
  auto& row = **known;
  row.seq = own == entries.end() ? 0 : own->seq;
  row.stage = own == entries.end()            ? event_stage::discarded
              : own->kind == entry_kind::dead ? event_stage::dead
                                              : event_stage::processed;
  row.attempts = std::move((*waiting)->attempts);
  put(keys::event((*waiting)->id, (*waiting)->source), row.encode());
  return {};
}

void view_editor::note_entries(const commit_record& what, log_position position) {
  std::uint32_t ordinal = 0;
  for (const auto& entry : what.what.entries) {
    const auto accepted = entry.kind == entry_kind::event || entry.kind == entry_kind::dead;
    const stream_row row{entry.kind, accepted ? entry.body->position : 0, position, ordinal++};
    put(keys::stream(what.what.job, entry.seq), row.encode());
    if (entry.kind != entry_kind::emitted)
      continue;
    const auto& body = entry.body->body;
    // Not `position` alone: a commit may emit one id twice, the last one counts.
    const event_row seen{0, position, entry.body->accepted_at, what.what.job, entry.seq, event_stage::processed, {}};
    put(keys::event(body.id, body.source), seen.encode());
  }
}

void view_editor::note_effects(const commit_record& what) {
  for (const auto& written : what.what.records)
    put(keys::record(written.collection, written.key), written.document);
  for (const auto& [handler, document] : what.what.states) {
    if (document.empty())
      erase(keys::state(what.what.job, handler));
    else
      put(keys::state(what.what.job, handler), document);
  }
}

status view_editor::commit(const commit_record& what, log_position position) {
  auto known = job(what.what.job);
  if (!known)
    return known.error();
  if (!*known)
    ++meta_.jobs;
  auto stand = *known ? **std::move(known) : job_row{};
  if (stand.last_seq != what.last_before || stand.hash != what.previous_hash)
    return fail(errc::storage_damaged, fmt::format("the commit at {} does not continue job {} at seq {}", position,
                                                   what.what.job, stand.last_seq));
  if (auto noted = note_attempts(what); !noted)
    return noted;
  for (const auto finished : what.what.finished)
    if (auto done = finish(what, finished); !done)
      return done;
  note_entries(what, position);
  note_effects(what);
  for (auto letter_of_it : what.what.dead_letters) {
    letter_of_it.state = "open";
    const auto earlier = letter(letter_of_it.id);
    if (!earlier)
      return earlier.error();
    if (!*earlier || (*earlier)->letter.state != "open")
      ++meta_.open_letters;
    put(keys::open_letter(letter_of_it.id), {});
    put(keys::letter(letter_of_it.id), letter_row{letter_of_it}.encode());
  }
  stand.last_seq += what.what.entries.size();
  meta_.entries += what.what.entries.size();
  stand.fence = what.what.fence;
  stand.hash = what.hash;
  stand.updated_at = what.what.at;
  for (const auto& [source, cursor] : what.what.cursors)
    stand.cursors[source] = cursor;
  if (what.what.mode) {
    stand.mode = *what.what.mode;
    stand.mode_reason = what.what.mode_reason;
  }
  put(keys::job(what.what.job), stand.encode());
  return {};
}

status view_editor::trim(const job_id& of, sequence first) {
  auto known = job(of);
  if (!known)
    return known.error();
  if (!*known || (*known)->first_seq >= first)
    return {};
  (*known)->first_seq = first;
  put(keys::job(of), (*known)->encode());
  return {};
}

// -- small ones -----------------------------------------------------------------

status view_editor::close_letter(const letter_closed_record& what) {
  auto known = letter(what.letter);
  if (!known)
    return known.error();
  if (!*known)
    return fail(errc::storage_damaged, fmt::format("the end of dead letter {} without the letter", what.letter));
  auto& closed = (*known)->letter;
  closed.state = what.how == closed_as::replayed ? "replayed" : "discarded";
  put(keys::letter(what.letter), (*known)->encode());
  erase(keys::open_letter(what.letter));
  --meta_.open_letters;
  if (what.how == closed_as::replayed)
    return {};
  auto original = event(closed.event_id, closed.source);
  if (!original)
    return original.error();
  if (*original && (*original)->position == closed.position) {
    (*original)->stage = event_stage::discarded;
    put(keys::event(closed.event_id, closed.source), (*original)->encode());
  }
  return {};
}

status view_editor::forget_old_answers(timestamp now) {
  constexpr std::size_t at_once = 16;
  std::vector<std::string> gone;
  const view::reader rows{base_};
  auto scanned = rows.scan(keys::answer_times, keys::answer_times, [&](std::string_view key, std::string_view) {
    const auto parts = keys::split_answer_time(key);
    if (!parts || within_window(parts->first, now, idempotency_window) || gone.size() == at_once)
      return false;
    gone.emplace_back(key);
    return true;
  });
  if (!scanned)
    return scanned;
  for (auto& key : gone) {
    const auto parts = keys::split_answer_time(key);
    const auto known = answer(parts->second);
    if (!known)
      return known.error();
    // The key may have been used again since.
    if (*known && (*known)->at == parts->first)
      erase(keys::answer(parts->second));
    erase(std::move(key));
  }
  return {};
}

status view_editor::give(const answer_record& what) {
  if (auto forgotten = forget_old_answers(what.at); !forgotten)
    return forgotten;
  put(keys::answer(what.once.key), encode_answer(what));
  put(keys::answer_time(what.at, what.once.key), {});
  return {};
}

status view_editor::replay(const log_record& record) {
  const auto with = [](auto&& decoded, auto&& change) -> status {
    if (!decoded)
      return decoded.error();
    return change(*decoded);
  };
  switch (record.type) {
  case record_type::event:
    return with(decode_event(record.body, record.position), [&](const auto& what) { return accept(what); });
  case record_type::commit:
    return with(decode_commit(record.body), [&](const auto& what) { return commit(what, record.position); });
  case record_type::letter_closed:
    return with(decode_letter_closed(record.body), [&](const auto& what) { return close_letter(what); });
  case record_type::answer:
    return with(decode_answer(record.body), [&](const auto& what) { return give(what); });
  }
  return fail(errc::internal, "a record of unknown type");
}

staged_rows view_editor::take(log_position covered, std::uint64_t group) {
  meta_.position = covered;
  meta_.group = group;
  put(std::string{keys::meta}, meta_.encode());
  return std::move(changes_);
}

} // namespace weir::storage
