#include "domain/hash.hpp"
#include "storage/verify_log.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

// The part of the walk over the log that looks for what records left in the view.

namespace weir::storage {

status log_walk::check_effects(const commit_record& commit) {
  for (const auto& put : commit.what.records)
    if (auto checked = check_row(commit, keys::record(put.collection, put.key), put.document); !checked)
      return checked;
  for (const auto& [handler, document] : commit.what.states) {
    const auto wanted = document.empty() ? std::nullopt : std::optional{document};
    if (auto checked = check_row(commit, keys::state(commit.what.job, handler), wanted); !checked)
      return checked;
  }
  return {};
}

/// A row that shows something else must have been written again later.
status log_walk::check_row(const commit_record& commit, std::string key, const std::optional<std::string>& wanted) {
  const auto hash = xxh3_64(key);
  account_.written.push_back(hash);
  const auto shown = rows_.get(key);
  if (!shown && shown.error().code != errc::storage_damaged)
    return shown.error();
  if (shown && *shown == wanted)
    account_.unseen.erase(hash);
  else
    account_.unseen[hash] = {commit.what.job, commit.last_before + commit.what.entries.size(), at_, std::move(key)};
  return {};
}

// -- what leaves the stream -------------------------------------------------------

void log_walk::check_outgoing(const commit_record& commit) {
  const auto seq = commit.last_before + 1;
  for (const auto position : commit.outgoing)
    if (position < group_at_ || position >= at_ || !account_.waiting.contains(position))
      find(commit.what.job, seq,
           fmt::format("the commit at {} sends the event at {}, which its group does not hold", at_, position));
}

void log_walk::owe(const commit_record& commit) {
  for (const auto& row : keyed_rows(commit.what))
    account_.owed[keys::outbox(row.key)] = {commit.what.job, at_, xxh3_64(waiting_row{row.at, row.row}.encode())};
  for (const auto& one : commit.what.timers)
    account_.owed[keys::timer(one.due, one.body.id)] = {commit.what.job, at_, xxh3_64(timer_row{one.body}.encode())};
}

void log_walk::check_paid(const std::string& key) {
  if (account_.owed.erase(key) == 0 && !account_.trimmed() && account_.damaged.empty())
    find({}, 0, fmt::format("the record at {} takes out {}, which does not wait", at_, keys::readable(key)));
}

void log_walk::check_fired(const timer_fired_record& fired) {
  check_paid(keys::timer(fired.due, fired.id));
  if (fired.event != 0 && (fired.event < group_at_ || fired.event >= at_ || !account_.waiting.contains(fired.event)))
    find({}, 0,
         fmt::format("the timer that ends at {} accepts the event at {}, which its group does not hold", at_,
                     fired.event));
}

void log_walk::check_delivered(const std::vector<outbox_key>& rows) {
  for (const auto& key : rows)
    check_paid(keys::outbox(key));
}

void log_walk::check_closed(const letter_closed_record& closed) {
  auto known = account_.letters.find(closed.letter);
  if (known == account_.letters.end()) {
    if (!account_.trimmed() && account_.damaged.empty())
      find({}, 0, fmt::format("the end of dead letter {} without the letter", closed.letter));
    known = account_.letters.emplace(closed.letter, log_account::letter_account{"open", std::nullopt, {}}).first;
    // What ended it may have been dropped with its commit.
    if (closed.how == closed_as::reopened)
      known->second.state = "discarded";
  }
  const auto* before = closed.how == closed_as::reopened ? "discarded" : "open";
  if (known->second.state != before)
    find({}, 0, fmt::format("dead letter {} is {} where it ends or opens again", closed.letter, known->second.state));
  known->second.state = letter_word(closed.how);
  known->second.closed_at = closed.how == closed_as::reopened ? timestamp{} : closed.at;
}

status log_walk::check_answer(const answer_record& answer) {
  account_.newest_answer = std::max(account_.newest_answer, answer.at);
  const auto shown = rows_.get(keys::answer(answer.once.key));
  if (!shown && shown.error().code != errc::storage_damaged)
    return shown.error();
  if (shown && *shown && **shown == encode_answer(answer))
    account_.unseen_answers.erase(answer.once.key);
  else
    account_.unseen_answers[answer.once.key] = {answer.at, at_, answer.once.key};
  return {};
}

} // namespace weir::storage
