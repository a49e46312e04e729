#include "storage/batch_plan.hpp"

#include "domain/prefetch.hpp"
#include "storage/commits_ahead.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

namespace {

bool is_of_the_store(const error& why) {
  return why.code == errc::storage_unavailable || why.code == errc::storage_damaged;
}

/// Puts an answer to each request behind the others. @returns the error of the store that ends the whole batch.
template <class Requests, class Answers, class Decision>
status answer_each(const Requests& requests, Answers& answers, Decision&& decide) {
  for (const auto& request : requests) {
    answers.push_back(decide(request));
    if (!answers.back() && is_of_the_store(answers.back().error()))
      return answers.back().error();
  }
  return {};
}

} // namespace

result<write_outcome> batch_plan::decide(const write_batch& batch, const std::optional<error>& no_appends) {
  write_outcome outcome;
  if (auto looked = look_ahead(batch.appends); !looked)
    return looked.error();
  auto done = answer_each(batch.appends, outcome.appends, [&](const append_request& request) {
    return no_appends ? result<append_result>{*no_appends} : append(request);
  });
  if (done)
    done = answer_each(batch.commits, outcome.commits,
                       [&, ahead = commits_ahead{batch.commits, rows_.base()}](const auto& wanted) mutable {
                         ahead.step();
                         return commit(wanted);
                       });
  if (done)
    done = answer_each(batch.discards, outcome.discards, [&](const discard_request& request) {
      return request.undo ? reopen_letter(request.dead_letter, request.at)
                          : close_letter(request.dead_letter, closed_as::discarded, request.at);
    });
  if (done)
    done = answer_each(batch.fired, outcome.fired, [&](const fire_request& request) {
      return no_appends ? result<event_ptr>{*no_appends} : fire(request);
    });
  if (!done)
    return done.error();
  for (const auto& request : batch.delivered) {
    outcome.delivered.push_back(deliver(request));
    if (!outcome.delivered.back())
      return outcome.delivered.back().error();
  }
  return outcome;
}

// -- appends --------------------------------------------------------------------

status batch_plan::look_ahead(const std::vector<append_request>& requests) {
  constexpr std::size_t enough = 4; ///< fewer are as cheap one by one
  std::vector<const event*> events;
  for (const auto& request : requests)
    for (const auto& body : request.events)
      events.push_back(&body);
  return events.size() < enough ? status{} : rows_.look_ahead(events);
}

result<append_result> batch_plan::append(const append_request& request) {
  if (request.once) {
    auto known = rows_.answer(request.once->key);
    if (!known)
      return known.error();
    if (*known && within_window((*known)->at, request.accepted_at, idempotency_window))
      return earlier_answer(**std::move(known), request);
  }
  if (!request.replay_of.empty())
    if (auto closed = close_letter(request.replay_of, closed_as::replayed, request.accepted_at); !closed)
      return closed.error();
  append_result answer;
  for (std::size_t at = 0; at < request.events.size(); ++at) {
    if (at + 1 < request.events.size())
      prefetch(request.events[at + 1].payload.data(), request.events[at + 1].payload.size());
    auto item = append_one(request.events[at], request);
    if (!item)
      return item.error();
    answer.items.push_back(*std::move(item));
  }
  if (request.once)
    if (auto kept = remember(request, answer); !kept)
      return kept.error();
  return answer;
}

result<append_result> batch_plan::earlier_answer(answer_record known, const append_request& request) {
  if (known.once.fingerprint != request.once->fingerprint)
    return fail(errc::idempotency_mismatch, "the key was used for another request");
  for (std::size_t i = 0; i < known.items.size(); ++i) {
    auto& item = known.items[i];
    const auto row = rows_.event(item.id, known.sources[i]);
    if (!row)
      return row.error();
    if (*row && (*row)->position == item.position)
      item.seq = (*row)->seq;
  }
  return append_result{std::move(known.items), true};
}

result<appended_item> batch_plan::append_one(const event& body, const append_request& request) {
  const auto replay = !request.replay_of.empty();
  if (!replay) {
    const auto first = seen_before(body, request.accepted_at);
    if (!first)
      return first.error();
    if (*first) {
      const auto& row = **first;
      return appended_item{append_outcome::duplicate, body.id, row.job, row.position, row.seq, nullptr};
    }
    if (body.source_seq) {
      const auto row = rows_.job(body.job);
      if (!row)
        return row.error();
      if (*row && is_processed_number((*row)->cursors, body))
        return appended_item{append_outcome::duplicate, body.id, body.job, 0, 0, nullptr};
    }
  }
  accepted_event made{body, 0, request.accepted_at};
  made.body.replayed = body.replayed || replay;
  auto stored = accept(std::move(made));
  if (!stored)
    return stored.error();
  return appended_item{append_outcome::accepted, body.id, body.job, (*stored)->position, 0, *std::move(stored)};
}

result<std::optional<event_row>> batch_plan::seen_before(const event& body, timestamp now) {
  auto first = rows_.event(body.id, body.source);
  if (first && *first && !within_window((*first)->accepted_at, now, dedupe_window_))
    first->reset();
  return first;
}

result<event_ptr> batch_plan::accept(accepted_event what) {
  auto made = std::make_shared<accepted_event>(std::move(what));
  made->position = group_.add(record_type::event, encode_event(made->body, made->accepted_at), feature_of(made->body));
  if (auto noted = rows_.accept(*made); !noted)
    return noted.error();
  return event_ptr{std::move(made)};
}

status batch_plan::remember(const append_request& request, const append_result& answer) {
  answer_record record{*request.once, request.accepted_at, answer.items, {}};
  for (auto& item : record.items)
    item.body = nullptr;
  for (const auto& body : request.events)
    record.sources.push_back(body.source);
  group_.add(record_type::answer, encode_answer(record));
  return rows_.give(record);
}

// -- commits --------------------------------------------------------------------

result<std::uint64_t> batch_plan::check_pending(const job_commit& wanted, const view_editor::ground& under) {
  const auto not_pending = [&](log_position position) {
    return fail(errc::conflict, fmt::format("event at {} of job {} is not pending", position, wanted.job));
  };
  std::uint64_t finished_bytes = 0;
  for (std::size_t i = 0; i < wanted.finished.size(); ++i) {
    if (!under.waiting[i])
      return not_pending(wanted.finished[i]);
    finished_bytes += under.waiting[i]->payload_bytes;
  }
  auto once = wanted.finished;
  std::sort(once.begin(), once.end());
  if (const auto twice = std::adjacent_find(once.begin(), once.end()); twice != once.end())
    return fail(errc::conflict, fmt::format("event at {} of job {} is finished twice", *twice, wanted.job));
  for (const auto& [position, run] : wanted.attempts) {
    const auto row = rows_.pending(wanted.job, position);
    if (!row)
      return row.error();
    if (!*row)
      return not_pending(position);
  }
  return finished_bytes;
}

result<commit_result> batch_plan::commit(const job_commit& wanted) {
  auto under = rows_.ground_of(wanted);
  if (!under)
    return under.error();
  const auto stand = under->stand.value_or(job_row{});
  if (auto checked = check_commit(wanted, {stand.last_seq, stand.fence, stand.mode}); !checked)
    return checked.error();
  const auto finished_bytes = check_pending(wanted, *under);
  if (!finished_bytes)
    return finished_bytes.error();
  commit_result answer{stand.last_seq + wanted.entries.size(), {}, *finished_bytes};
  commit_link link{0, stand.hash, stand.last_seq};
  std::vector<log_position> outgoing;
  // In front of the commit, which names them: a reader never looks ahead.
  for (const auto& body : wanted.outgoing) {
    const auto first = seen_before(body, wanted.at);
    if (!first)
      return first.error();
    if (*first)
      continue;
    auto sent = accept({body, 0, wanted.at});
    if (!sent)
      return sent.error();
    outgoing.push_back((*sent)->position);
    answer.outgoing.push_back(*std::move(sent));
  }
  const auto bytes = encode_commit(wanted, stand.last_seq, stand.hash, link.hash, outgoing);
  const auto position = group_.add(record_type::commit, bytes, feature_of(wanted));
  // What it sent may have made the row of its own job.
  if (!under->stand && !outgoing.empty())
    if (under = rows_.ground_of(wanted); !under)
      return under.error();
  if (auto noted = rows_.commit(wanted, link, position, *std::move(under)); !noted)
    return noted.error();
  return answer;
}

// -- timers and rows for sinks ----------------------------------------------------

result<event_ptr> batch_plan::fire(const fire_request& request) {
  auto waits = rows_.timer(request.due, request.id);
  if (!waits)
    return waits.error();
  if (!*waits)
    return event_ptr{};
  auto& body = (*waits)->body;
  const auto first = seen_before(body, request.at);
  if (!first)
    return first.error();
  auto made = *first ? result<event_ptr>{event_ptr{}} : accept({std::move(body), 0, request.at});
  if (!made)
    return made.error();
  const timer_fired_record record{request.due, request.id, *made ? (*made)->position : 0};
  group_.add(record_type::timer_fired, encode_timer_fired(record), group_feature::effects);
  if (auto noted = rows_.fire(record); !noted)
    return noted.error();
  return made;
}

result<std::uint64_t> batch_plan::deliver(const delivered_request& request) {
  std::vector<outbox_key> gone;
  for (const auto& key : request.rows) {
    const auto waits = rows_.outbox(key);
    if (!waits)
      return waits.error();
    if (!*waits)
      continue;
    // One at a time: the next one may be the same.
    if (auto noted = rows_.deliver({key}); !noted)
      return noted.error();
    gone.push_back(key);
  }
  if (!gone.empty())
    group_.add(record_type::delivered, encode_delivered(gone), group_feature::effects);
  return gone.size();
}

// -- dead letters ---------------------------------------------------------------

status batch_plan::close_letter(const std::string& id, closed_as how, timestamp at) {
  const auto known = rows_.letter(id);
  if (!known)
    return known.error();
  if (!*known)
    return fail(errc::not_found, fmt::format("no dead letter {}", id));
  if ((*known)->letter.state != "open")
    return fail(errc::state_conflict, fmt::format("dead letter {} is {}", id, (*known)->letter.state));
  const letter_closed_record record{id, how, at};
  group_.add(record_type::letter_closed, encode_letter_closed(record));
  return rows_.close_letter(record);
}

status batch_plan::reopen_letter(const std::string& id, timestamp at) {
  const auto known = rows_.letter(id);
  if (!known)
    return known.error();
  if (!*known)
    return fail(errc::not_found, fmt::format("no dead letter {}", id));
  if (auto allowed = check_reopening((*known)->letter, at); !allowed)
    return allowed;
  const letter_closed_record record{id, closed_as::reopened, at};
  group_.add(record_type::letter_closed, encode_letter_closed(record), group_feature::effects);
  return rows_.close_letter(record);
}

} // namespace weir::storage
