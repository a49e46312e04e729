#include "storage/memory_state.hpp"

#include "domain/hash.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

status memory_store::state::usable() const {
  if (closed)
    return fail(errc::storage_unavailable, "the store is closed");
  return {};
}

job_snapshot memory_contents::snapshot_of(const job_row& row) {
  auto snapshot = row.facts;
  snapshot.has_pending = !row.pending.empty();
  return snapshot;
}

job_snapshot memory_contents::snapshot_with_states(const job_id& job) const {
  const auto found = jobs.find(job);
  if (found == jobs.end()) {
    job_snapshot unknown;
    unknown.job = job;
    return unknown;
  }
  auto snapshot = snapshot_of(found->second);
  snapshot.states.assign(found->second.states.begin(), found->second.states.end());
  return snapshot;
}

pending_page memory_contents::pending_of(const job_id& job, log_position after, page_limit limit) const {
  pending_page page;
  page.complete = true;
  const auto found = jobs.find(job);
  if (found == jobs.end())
    return page;
  std::size_t bytes = 0;
  const auto& waiting = found->second.pending;
  for (auto at = waiting.upper_bound(after); at != waiting.end(); ++at) {
    const auto cost = page_cost(at->second.body->body);
    if (!page.events.empty() && (page.events.size() >= limit.count || bytes + cost > limit.bytes)) {
      page.complete = false;
      break;
    }
    bytes += cost;
    page.events.push_back(at->second);
  }
  return page;
}

// -- appends --------------------------------------------------------------------

std::optional<result<append_result>> memory_store::state::earlier_answer(const append_request& request) const {
  if (!request.once)
    return std::nullopt;
  const auto found = answers.find(request.once->key);
  if (found == answers.end() || !within_window(found->second.at, request.accepted_at, idempotency_window))
    return std::nullopt;
  if (found->second.fingerprint != request.once->fingerprint)
    return result<append_result>{fail(errc::idempotency_mismatch, "the key was used for another request")};
  append_result again{found->second.items, true};
  for (std::size_t i = 0; i < again.items.size(); ++i) {
    auto& item = again.items[i];
    const auto row = events.find({item.id, found->second.sources[i]});
    if (row != events.end() && row->second.body->position == item.position)
      item.seq = row->second.seq;
  }
  return result<append_result>{std::move(again)};
}

status memory_store::state::close_letter(const std::string& id, const char* letter_state, timestamp at) {
  const auto found = letters.find(id);
  if (found == letters.end())
    return fail(errc::not_found, fmt::format("no dead letter {}", id));
  if (found->second.state != "open")
    return fail(errc::state_conflict, fmt::format("dead letter {} is {}", id, found->second.state));
  found->second.state = letter_state;
  found->second.closed_at = at;
  return {};
}

status memory_store::state::reopen_letter(const std::string& id, timestamp at) {
  const auto found = letters.find(id);
  if (found == letters.end())
    return fail(errc::not_found, fmt::format("no dead letter {}", id));
  auto& letter = found->second;
  if (auto allowed = check_reopening(letter, at); !allowed)
    return allowed;
  letter.state = "open";
  letter.closed_at = {};
  restage(letter, event_status::dead);
  return {};
}

void memory_store::state::restage(const dead_letter& letter, const char* status) {
  const auto row = events.find({letter.event_id, letter.source});
  if (row != events.end() && row->second.body->position == letter.position)
    row->second.status = status;
}

appended_item memory_store::state::append_one(const event& body, const append_request& request) {
  const auto replay = !request.replay_of.empty();
  const auto* row = replay ? nullptr : seen_before(body, request.accepted_at);
  if (row != nullptr)
    return {append_outcome::duplicate, row->body->body.id, row->job, row->body->position, row->seq, nullptr};
  const auto known = jobs.find(body.job);
  if (!replay && known != jobs.end() && is_processed_number(known->second.facts.cursors, body))
    return {append_outcome::duplicate, body.id, body.job, 0, 0, nullptr};
  accepted_event made{body, 0, request.accepted_at};
  made.body.replayed = made.body.replayed || replay;
  auto stored = accept(std::move(made));
  return {append_outcome::accepted, body.id, body.job, stored->position, 0, stored};
}

const memory_contents::event_row* memory_store::state::seen_before(const event& body, timestamp now) const {
  const auto first = events.find({body.id, body.source});
  const auto counts = first != events.end() && within_window(first->second.body->accepted_at, now, opts.dedupe_window);
  return counts ? &first->second : nullptr;
}

event_ptr memory_store::state::accept(accepted_event made) {
  made.position = next_position++;
  auto stored = std::make_shared<const accepted_event>(std::move(made));
  const auto& body = stored->body;
  auto& job = jobs[body.job];
  if (!job.facts.exists) {
    job.facts.job = body.job;
    job.facts.exists = true;
    job.facts.updated_at = stored->accepted_at;
  }
  job.pending.emplace(stored->position, pending_event{stored, {}});
  unfinished.insert(body.job);
  pending_bytes += body.payload.size();
  accepted.emplace(stored->position, stored);
  events[{body.id, body.source}] = event_row{stored, body.job, 0, event_status::accepted, {}, next_order++};
  return stored;
}

void memory_store::state::remember(const append_request& request, const append_result& answer) {
  remembered_answer kept{request.once->fingerprint, request.accepted_at, answer.items, {}};
  for (auto& item : kept.items)
    item.body = nullptr;
  for (const auto& body : request.events)
    kept.sources.push_back(body.source);
  answers[request.once->key] = std::move(kept);
}

result<append_result> memory_store::state::append(const append_request& request) {
  if (auto earlier = earlier_answer(request))
    return *std::move(earlier);
  if (!request.replay_of.empty())
    if (auto closed_now = close_letter(request.replay_of, "replayed", request.accepted_at); !closed_now)
      return closed_now.error();
  append_result answer;
  for (const auto& body : request.events)
    answer.items.push_back(append_one(body, request));
  if (request.once)
    remember(request, answer);
  return answer;
}

// -- commits --------------------------------------------------------------------

void memory_store::state::finish(job_row& row, const commit_ptr& what, log_position position) {
  const auto found = row.pending.find(position);
  const auto waiting = std::move(found->second);
  row.pending.erase(found);
  pending_bytes -= waiting.body->body.payload.size();
  const auto entry = std::find_if(what->entries.begin(), what->entries.end(), [&](const stream_entry& candidate) {
    return candidate.body && candidate.kind != entry_kind::emitted && candidate.body->position == position;
  });
  const auto* own = entry == what->entries.end() ? nullptr : &*entry;
  auto& known = events[{waiting.body->body.id, waiting.body->body.source}];
  if (known.body->position != position)
    return; // a newer event has taken the id
  known.seq = own ? own->seq : 0;
  known.status = finished_status(own);
  known.attempts = merge_attempts(waiting.attempts, own ? own->runs : std::vector<attempt>{});
}

void memory_store::state::note_emitted(const commit_ptr& what) {
  for (const auto& entry : what->entries)
    if (entry.kind == entry_kind::emitted)
      events[{entry.body->body.id, entry.body->body.source}] =
          event_row{entry.body, what->job, entry.seq, event_status::processed, entry.runs, next_order++};
}

void memory_store::state::apply(job_row& row, const commit_ptr& what, std::vector<event_ptr> outgoing) {
  for (const auto& [position, failed_run] : what->attempts) {
    auto& waiting = row.pending.at(position);
    waiting.attempts.push_back(failed_run);
    auto& known = events[{waiting.body->body.id, waiting.body->body.source}];
    if (known.body->position == position)
      known.status = event_status::retrying;
  }
  for (const auto position : what->finished)
    finish(row, what, position);
  if (row.pending.empty())
    unfinished.erase(what->job);
  note_emitted(what);
  const auto sent = std::make_shared<const std::vector<event_ptr>>(std::move(outgoing));
  for (const auto& entry : what->entries)
    row.entries.push_back({entry, what, sent});
  for (const auto& [source, cursor] : what->cursors)
    row.facts.cursors[source] = cursor;
  for (const auto& put : what->records)
    records[{put.collection, put.key}] = put.document;
  for (const auto& [handler, document] : what->states) {
    if (document.empty())
      row.states.erase(handler);
    else
      row.states[handler] = document;
  }
  for (auto letter : what->dead_letters) {
    letter.state = "open";
    letter.closed_at = {};
    letters[letter.id] = std::move(letter);
  }
  if (what->mode) {
    row.facts.mode = *what->mode;
    row.facts.mode_reason = what->mode_reason;
  }
}

result<commit_result> memory_store::state::commit(const job_commit& wanted) {
  const auto known = jobs.find(wanted.job);
  const auto* row = known == jobs.end() ? nullptr : &known->second;
  const auto stand = row ? job_stand{row->facts.last_seq, row->fence, row->facts.mode} : job_stand{};
  if (auto checked = check_commit(wanted, stand); !checked)
    return checked.error();
  std::set<log_position> once;
  for (const auto position : wanted.finished)
    if (row == nullptr || !row->pending.contains(position) || !once.insert(position).second)
      return fail(errc::conflict, fmt::format("event at {} of job {} is not pending", position, wanted.job));
  for (const auto& [position, run] : wanted.attempts)
    if (row == nullptr || !row->pending.contains(position))
      return fail(errc::conflict, fmt::format("event at {} of job {} is not pending", position, wanted.job));
  std::uint64_t finished_bytes = 0;
  for (const auto position : wanted.finished)
    finished_bytes += row->pending.at(position).body->body.payload.size();
  auto& target = jobs[wanted.job];
  auto& facts = target.facts;
  facts.job = wanted.job;
  facts.exists = true;
  target.fence = wanted.fence;
  const auto kept = std::make_shared<const job_commit>(wanted);
  auto outgoing = send(wanted);
  apply(target, kept, outgoing);
  note_asked(wanted);
  facts.last_seq += wanted.entries.size();
  facts.updated_at = wanted.at;
  const auto link = fmt::format("{:016x}{}{}{}", facts.hash, wanted.job, facts.last_seq, wanted.finished.size());
  facts.hash = xxh3_64(link);
  return commit_result{facts.last_seq, std::move(outgoing), finished_bytes};
}

status memory_store::state::discard(const discard_request& request) {
  if (request.undo)
    return reopen_letter(request.dead_letter, request.at);
  if (auto done = close_letter(request.dead_letter, "discarded", request.at); !done)
    return done;
  restage(letters.at(request.dead_letter), event_status::discarded);
  return {};
}

} // namespace weir::storage
