#include "storage/batch_plan.hpp"

#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <set>

namespace weir::storage {

namespace {

bool is_of_the_store(const error& why) {
  return why.code == errc::storage_unavailable || why.code == errc::storage_damaged;
}

} // namespace

result<write_outcome> batch_plan::decide(const write_batch& batch, const std::optional<error>& no_appends) {
  write_outcome outcome;
  for (const auto& request : batch.appends) {
    outcome.appends.push_back(no_appends ? result<append_result>{*no_appends} : append(request));
    if (!outcome.appends.back() && is_of_the_store(outcome.appends.back().error()))
      return outcome.appends.back().error();
  }
  for (const auto& wanted : batch.commits) {
    outcome.commits.push_back(commit(wanted));
    if (!outcome.commits.back() && is_of_the_store(outcome.commits.back().error()))
      return outcome.commits.back().error();
  }
  for (const auto& request : batch.discards) {
    outcome.discards.push_back(close_letter(request.dead_letter, closed_as::discarded, request.at));
    if (!outcome.discards.back() && is_of_the_store(outcome.discards.back().error()))
      return outcome.discards.back().error();
  }
  return outcome;
}

// -- appends --------------------------------------------------------------------

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
  for (const auto& body : request.events) {
    auto item = append_one(body, request);
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
    const auto first = rows_.event(body.id, body.source);
    if (!first)
      return first.error();
    if (*first && within_window((*first)->accepted_at, request.accepted_at, dedupe_window_)) {
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
  auto made = std::make_shared<accepted_event>(accepted_event{body, 0, request.accepted_at});
  made->body.replayed = body.replayed || replay;
  made->position = group_.add(record_type::event, encode_event(made->body, request.accepted_at));
  if (auto noted = rows_.accept(*made); !noted)
    return noted.error();
  return appended_item{append_outcome::accepted, body.id, body.job, made->position, 0, std::move(made)};
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

status batch_plan::check_pending(const job_commit& wanted) {
  const auto check = [&](log_position position) -> status {
    const auto row = rows_.pending(wanted.job, position);
    if (!row)
      return row.error();
    if (!*row)
      return fail(errc::conflict, fmt::format("event at {} of job {} is not pending", position, wanted.job));
    return {};
  };
  std::set<log_position> once;
  for (const auto position : wanted.finished) {
    if (auto checked = check(position); !checked)
      return checked;
    if (!once.insert(position).second)
      return fail(errc::conflict, fmt::format("event at {} of job {} is finished twice", position, wanted.job));
  }
  for (const auto& [position, run] : wanted.attempts)
    if (auto checked = check(position); !checked)
      return checked;
  return {};
}

result<commit_result> batch_plan::commit(const job_commit& wanted) {
  const auto row = rows_.job(wanted.job);
  if (!row)
    return row.error();
  const auto stand = *row ? **row : job_row{};
  if (auto checked = check_commit(wanted, {stand.last_seq, stand.fence}); !checked)
    return checked.error();
  if (auto checked = check_pending(wanted); !checked)
    return checked.error();
  commit_record record{0, stand.hash, stand.last_seq, wanted};
  const auto bytes = encode_commit(wanted, stand.last_seq, stand.hash, record.hash);
  const auto position = group_.add(record_type::commit, bytes);
  if (auto noted = rows_.commit(record, position); !noted)
    return noted.error();
  return commit_result{stand.last_seq + wanted.entries.size()};
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

} // namespace weir::storage
