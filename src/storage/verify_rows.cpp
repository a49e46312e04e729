#include "domain/hash.hpp"
#include "storage/store_rules.hpp"
#include "storage/verify.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

// The part of verification that walks the rows of the view which are not streams.

namespace weir::storage {

// -- pending events -----------------------------------------------------------------

status verification::walk_pending() {
  return walk(keys::all_pending, "pending events", [&](std::string_view key, std::string_view value) {
    const auto place = keys::split(key);
    const auto row = pending_row::decode(value);
    if (place && row)
      check_pending(place->job, place->number, *row);
    else
      find({}, 0, "a pending row does not decode");
  });
}

void verification::check_pending(const job_id& job, log_position position, const pending_row& row) {
  ++pending_;
  pending_bytes_ += row.payload_bytes;
  const auto body = log_.event(position);
  if (!body)
    find(job, 0, body.error().detail, position);
  else if ((*body)->body.job != job || (*body)->body.id != row.id || (*body)->body.source != row.source ||
           (*body)->body.payload.size() != row.payload_bytes)
    find(job, 0, fmt::format("the pending event at {} is another one in the log", position), position);
  const auto logged = account_.waiting.find(position);
  if (logged == account_.waiting.end()) {
    if (body && !account_.cannot_know(position))
      find(job, 0, fmt::format("the event at {} is pending, but finished in the log", position), position);
    return;
  }
  const auto runs = logged->second;
  if (runs && *runs != row.attempts.size() && !account_.may_have_changed(position))
    find(job, 0,
         fmt::format("the event at {} has {} failed runs in the view, {} in the log", position, row.attempts.size(),
                     *runs),
         position);
  account_.waiting.erase(logged);
  const auto id = rows_.get(keys::event(row.id, row.source));
  if (!id || !*id)
    find(job, 0, fmt::format("pending event {} is not in the index of ids", row.id), position);
}

// -- dead letters -------------------------------------------------------------------

status verification::walk_letters() {
  const auto scanned =
      rows_.scan(keys::all_letters, keys::all_letters, [&](std::string_view key, std::string_view value) {
        const auto id = key.substr(keys::all_letters.size());
        const auto row = letter_row::decode(value);
        if (row)
          check_letter(id, row->letter);
        else
          find({}, 0, fmt::format("dead letter {}: {}", id, row.error().detail));
        if (const auto known = account_.letters.find(id); known != account_.letters.end())
          account_.letters.erase(known);
        return true;
      });
  for (const auto& [id, logged] : account_.letters)
    if (scanned && logged.letter && (logged.state == "open" || !what_.segments->is_dropped(logged.letter->position)))
      find(logged.letter->job, logged.letter->seq, fmt::format("dead letter {} is not in the view", id),
           logged.letter->position);
  std::uint64_t listed = 0;
  const auto counted = rows_.scan(keys::open_letters, keys::open_letters, [&](std::string_view, std::string_view) {
    ++listed;
    return true;
  });
  if (counted && listed != open_letters_)
    find({}, 0, fmt::format("{} open dead letters are listed, {} are open", listed, open_letters_));
  return survive(scanned ? counted : scanned, "dead letters");
}

void verification::check_letter(std::string_view id, const dead_letter& letter) {
  const auto open = letter.state == "open";
  open_letters_ += open ? 1 : 0;
  const auto listed = rows_.get(keys::open_letter(id));
  if (!listed || listed->has_value() != open)
    find(letter.job, letter.seq, fmt::format("the index of open dead letters is wrong about {}", id), letter.position);
  // A closed letter outlives its event until RocksDB rewrites the row.
  if (const auto body = log_.event(letter.position); !body && (open || !what_.segments->is_dropped(letter.position)))
    find(letter.job, letter.seq, fmt::format("the event of dead letter {}: {}", id, body.error().detail),
         letter.position);
  const auto logged = account_.letters.find(id);
  if (logged == account_.letters.end()) {
    if (!account_.cannot_know(letter.position) && account_.damaged.empty())
      find(letter.job, letter.seq, fmt::format("the log has no dead letter {}", id), letter.position);
    return;
  }
  auto expected = letter;
  if (logged->second.letter)
    expected = *logged->second.letter;
  expected.state = logged->second.state;
  // A row of an earlier program does not know the time.
  expected.closed_at = letter.closed_at == timestamp{} && !open ? timestamp{} : logged->second.closed_at;
  if (account_.damaged.empty() && letter_row{letter}.encode() != letter_row{expected}.encode())
    find(letter.job, letter.seq, fmt::format("dead letter {} is another one in the log", id), letter.position);
}

// -- ids ------------------------------------------------------------------------------

status verification::walk_events() {
  return walk(keys::all_events, "ids of events", [&](std::string_view key, std::string_view value) {
    const auto row = event_row::decode(value);
    if (row)
      check_id(key, *row);
    else
      find({}, 0, row.error().detail);
  });
}

void verification::check_id(std::string_view key, const event_row& row) {
  if (what_.segments->is_dropped(row.position == 0 ? row.made_at : row.position))
    return; // remembered for its id alone
  if (row.position != 0) {
    const auto body = log_.event(row.position);
    if (!body)
      return find(row.job, row.seq, fmt::format("an id names the event at {}: {}", row.position, body.error().detail),
                  row.position);
    if (keys::event((*body)->body.id, (*body)->body.source) != key || (*body)->body.job != row.job)
      return find(row.job, row.seq, fmt::format("an id names the event at {}, which is another one", row.position),
                  row.position);
  }
  const auto waits = row.stage == event_stage::accepted || row.stage == event_stage::retrying;
  if (waits) {
    const auto pending = rows_.get(keys::pending(row.job, row.position));
    if (!pending || !*pending)
      find(row.job, 0, fmt::format("the event at {} waits in the index of ids, but is not pending", row.position),
           row.position);
    return;
  }
  if (row.seq == 0)
    return; // left without an entry
  const auto job = rows_.get(keys::job(row.job));
  const auto facts = job && *job ? job_row::decode(**job) : result<job_row>{job_row{}};
  if (facts && row.seq >= facts->first_seq && !is_entry_of(row))
    find(row.job, row.seq, fmt::format("an id names seq {} of job {}, which is another event", row.seq, row.job),
         row.position);
}

/// Whether the entry at the number that the id names is the event of the id.
bool verification::is_entry_of(const event_row& row) const {
  const auto entry = find_place(rows_, row.job, row.seq);
  if (!entry || !*entry)
    return false;
  return row.position == 0 ? (*entry)->kind == entry_kind::emitted && (*entry)->commit == row.made_at
                           : (*entry)->event == row.position;
}

// -- records, states, answers -----------------------------------------------------------

status verification::walk_documents() {
  for (const auto& [hash, write] : account_.unseen)
    if (!account_.may_have_changed(write.position))
      find(write.job, write.seq,
           fmt::format("the view does not show what the commit at {} wrote to {}", write.position,
                       keys::readable(write.key)),
           write.position);
  if (account_.trimmed() || !account_.damaged.empty())
    return {}; // what was written in front is not known
  const auto check = [&](std::string_view key, std::string_view) {
    if (!std::binary_search(account_.written.begin(), account_.written.end(), xxh3_64(key)))
      find({}, 0, fmt::format("no commit wrote {}", keys::readable(key)));
  };
  auto walked = walk(keys::all_records, "documents", check);
  if (!walked)
    return walked;
  return walk(keys::all_states, "documents", [&](std::string_view key, std::string_view value) {
    check(key, value);
    const auto of = keys::job_of_state(key);
    const auto job = of ? rows_.get(keys::job(*of)) : result<std::optional<std::string>>{std::nullopt};
    if (!job || !*job)
      return; // told where jobs are walked
    if (const auto facts = job_row::decode(**job); facts && !facts->may_have_states)
      find(*of, 0, fmt::format("the job row hides {}", keys::readable(key)));
  });
}

status verification::walk_answers() {
  for (const auto& [key, answer] : account_.unseen_answers)
    if (within_window(answer.at, account_.newest_answer, idempotency_window) &&
        !account_.may_have_changed(answer.position))
      find({}, 0, fmt::format("the answer at {} to idempotency key {} is not in the view", answer.position, key),
           answer.position);
  return walk(keys::all_answers, "answers", [&](std::string_view key, std::string_view value) {
    if (!check_answer(key, value))
      find({}, 0,
           fmt::format("the answer to idempotency key {} does not decode, or is not in the index of times",
                       keys::readable(key)));
  });
}

bool verification::check_answer(std::string_view key, std::string_view value) const {
  const auto answer = decode_answer(value);
  if (!answer || keys::answer(answer->once.key) != key)
    return false;
  const auto timed = rows_.get(keys::answer_time(answer->at, answer->once.key));
  return timed && *timed;
}

// -- the end ----------------------------------------------------------------------------

void verification::check_leftovers() {
  for (const auto& [position, runs] : account_.waiting) {
    if (account_.may_have_changed(position))
      continue; // the commit that finished it may be in the damage
    const auto body = log_.event(position);
    find(body ? (*body)->body.job : job_id{}, 0,
         fmt::format("the event at {} was accepted, but is neither finished nor pending", position), position);
  }
  for (const auto& [key, row] : account_.owed)
    if (!account_.may_have_changed(row.position))
      find(row.job, 0,
           fmt::format("the commit at {} asked for {}, which is neither done nor in the view", row.position,
                       keys::readable(key)),
           row.position);
}

void verification::check_totals() {
  const auto compare = [&](std::string_view what, std::uint64_t counted, std::uint64_t kept) {
    if (counted != kept)
      find({}, 0, fmt::format("{} {} were counted, the view says {}", counted, what, kept));
  };
  compare("jobs", report_.jobs, meta_.jobs);
  compare("entries", report_.entries + dropped_entries_, meta_.entries);
  compare("pending events", pending_, meta_.pending);
  compare("pending bytes", pending_bytes_, meta_.pending_bytes);
  compare("open dead letters", open_letters_, meta_.open_letters);
  compare("timers", timers_, meta_.timers);
  compare("rows for sinks", outbox_, meta_.outbox);
}

} // namespace weir::storage
