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

void log_walk::check_closed(const letter_closed_record& closed) {
  auto known = account_.letters.find(closed.letter);
  if (known == account_.letters.end()) {
    if (!account_.trimmed() && account_.damaged.empty())
      find({}, 0, fmt::format("the end of dead letter {} without the letter", closed.letter));
    known = account_.letters.emplace(closed.letter, log_account::letter_account{"open", std::nullopt}).first;
  }
  if (known->second.state != "open")
    find({}, 0, fmt::format("dead letter {} ends a second time", closed.letter));
  known->second.state = closed.how == closed_as::replayed ? "replayed" : "discarded";
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
