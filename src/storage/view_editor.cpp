#include "storage/view_editor.hpp"

#include "storage/store_rules.hpp"
#include "storage/stream_row.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

// -- events ---------------------------------------------------------------------

status view_editor::accept(const accepted_event& what) {
  const auto& body = what.body;
  auto of_job = keys::job(body.job);
  const auto known = value(of_job);
  if (!known)
    return known.error();
  if (!*known) {
    job_row born;
    born.updated_at = what.accepted_at;
    put(std::move(of_job), born.encode());
    ++meta_.jobs;
  }
  const pending_row waiting{body.payload.size(), what.accepted_at, body.id, body.source, {}};
  put_new(keys::pending(body.job, what.position), waiting.encode());
  const event_row seen{what.position, what.position, what.accepted_at, body.job, 0, event_stage::accepted, {}};
  put(keys::event(body.id, body.source), seen.encode());
  ++meta_.pending;
  meta_.pending_bytes += body.payload.size();
  return {};
}

// -- commits --------------------------------------------------------------------

status view_editor::note_attempts(const job_commit& what) {
  for (const auto& [position, run] : what.attempts) {
    auto waiting = pending(what.job, position);
    if (!waiting)
      return waiting.error();
    if (!*waiting)
      return fail(errc::storage_damaged, fmt::format("a run of the event at {} which is not pending", position));
    (*waiting)->attempts.push_back(run);
    put(keys::pending(what.job, position), (*waiting)->encode());
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

status view_editor::finish(const job_commit& what, log_position position, std::optional<pending_row> waiting) {
  if (!waiting)
    return fail(errc::storage_damaged, fmt::format("the event at {} is finished but not pending", position));
  erase(keys::pending(what.job, position));
  --meta_.pending;
  meta_.pending_bytes -= waiting->payload_bytes;
  auto of_event = keys::event(waiting->id, waiting->source);
  const auto known = value(of_event);
  if (!known)
    return known.error();
  if (!*known || event_row::position_in(**known) != position)
    return {}; // a newer event has taken the id
  const auto& entries = what.entries;
  const auto own = std::find_if(entries.begin(), entries.end(), [position](const stream_entry& entry) {
    return (entry.kind == entry_kind::event || entry.kind == entry_kind::dead) && entry.body->position == position;
  });
  event_row row{position, position, waiting->accepted_at, what.job, 0, event_stage::discarded, {}};
  if (own != entries.end()) {
    row.seq = own->seq;
    row.stage = own->kind == entry_kind::dead ? event_stage::dead : event_stage::processed;
  }
  row.attempts = std::move(waiting->attempts);
  put(std::move(of_event), row.encode());
  return {};
}

void view_editor::note_entries(const job_commit& what, log_position position) {
  if (what.entries.empty())
    return;
  put(keys::stream(what.job, what.entries.back().seq), encode_stream_row(position, what.entries));
  for (const auto& entry : what.entries) {
    if (entry.kind != entry_kind::emitted)
      continue;
    const auto& body = entry.body->body;
    // Not `position` alone: a commit may emit one id twice, the last one counts.
    const event_row seen{0, position, entry.body->accepted_at, what.job, entry.seq, event_stage::processed, {}};
    put(keys::event(body.id, body.source), seen.encode());
  }
}

void view_editor::note_effects(const job_commit& what) {
  for (const auto& written : what.records)
    put(keys::record(written.collection, written.key), written.document);
  for (const auto& [handler, document] : what.states) {
    if (document.empty())
      erase(keys::state(what.job, handler));
    else
      put(keys::state(what.job, handler), document);
  }
}

result<view_editor::ground> view_editor::ground_of(const job_commit& what) {
  ground out;
  auto known = job(what.job);
  if (!known)
    return known.error();
  out.stand = *std::move(known);
  out.waiting.reserve(what.finished.size());
  for (const auto position : what.finished) {
    auto row = pending(what.job, position);
    if (!row)
      return row.error();
    out.waiting.push_back(*std::move(row));
  }
  return out;
}

status view_editor::commit(const commit_record& what, log_position position) {
  auto under = ground_of(what.what);
  return under ? commit(what.what, what, position, *std::move(under)) : status{under.error()};
}

status view_editor::commit(const job_commit& what, const commit_link& link, log_position position, ground under) {
  if (!under.stand)
    ++meta_.jobs;
  auto stand = std::move(under.stand).value_or(job_row{});
  if (stand.last_seq != link.last_before || stand.hash != link.previous_hash)
    return fail(errc::storage_damaged,
                fmt::format("the commit at {} does not continue job {} at seq {}", position, what.job, stand.last_seq));
  if (!what.attempts.empty()) {
    if (auto noted = note_attempts(what); !noted)
      return noted;
    auto changed = ground_of(what);
    if (!changed)
      return changed.error();
    under.waiting = std::move(changed->waiting);
  }
  for (std::size_t i = 0; i < what.finished.size(); ++i)
    if (auto done = finish(what, what.finished[i], std::move(under.waiting[i])); !done)
      return done;
  note_entries(what, position);
  note_effects(what);
  if (auto noted = note_asked(what); !noted)
    return noted;
  for (auto letter_of_it : what.dead_letters) {
    letter_of_it.state = "open";
    letter_of_it.closed_at = {};
    const auto earlier = letter(letter_of_it.id);
    if (!earlier)
      return earlier.error();
    if (!*earlier || (*earlier)->letter.state != "open")
      ++meta_.open_letters;
    put(keys::open_letter(letter_of_it.id), {});
    put(keys::letter(letter_of_it.id), letter_row{letter_of_it}.encode());
  }
  stand.last_seq += what.entries.size();
  meta_.entries += what.entries.size();
  stand.may_have_states |= !what.states.empty();
  stand.fence = what.fence;
  stand.hash = link.hash;
  stand.updated_at = what.at;
  for (const auto& [source, cursor] : what.cursors)
    stand.cursors[source] = cursor;
  if (what.mode) {
    stand.mode = *what.mode;
    stand.mode_reason = what.mode_reason;
  }
  put(keys::job(what.job), stand.encode());
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
  const auto reopened = what.how == closed_as::reopened;
  closed.state = letter_word(what.how);
  closed.closed_at = reopened ? timestamp{} : what.at;
  put(keys::letter(what.letter), (*known)->encode());
  if (reopened) {
    put(keys::open_letter(what.letter), {});
    ++meta_.open_letters;
  } else {
    erase(keys::open_letter(what.letter));
    --meta_.open_letters;
  }
  if (what.how == closed_as::replayed)
    return {};
  auto original = event(closed.event_id, closed.source);
  if (!original)
    return original.error();
  if (*original && (*original)->position == closed.position) {
    (*original)->stage = reopened ? event_stage::dead : event_stage::discarded;
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
  case record_type::timer_fired:
    return with(decode_timer_fired(record.body), [&](const auto& what) { return fire(what); });
  case record_type::delivered:
    return with(decode_delivered(record.body), [&](const auto& what) { return deliver(what); });
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
