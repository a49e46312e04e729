#include "actors/store_group.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::actors {

void store_group::take(store_request request, timestamp now) {
  events += request.events;
  auto& by = request.by;
  if (auto* append = std::get_if<append_events>(&request.what))
    add(*append, std::move(by));
  else if (auto* commit = std::get_if<commit_job>(&request.what))
    add(*commit, std::move(by));
  else if (auto* discard = std::get_if<discard_letter>(&request.what))
    add(*discard, std::move(by), now);
  else
    add(std::get<fire_timers>(request.what), std::move(by));
}

void store_group::add(append_events& msg, caf::strong_actor_ptr by) {
  appends.push_back({std::move(by), msg.cookie, {msg.is_held, msg.is_awaited}});
  batch.appends.push_back(std::move(*msg.what));
}

void store_group::add(commit_job& msg, caf::strong_actor_ptr by) {
  batch.commits.push_back(std::move(*msg.what));
  commits.push_back({std::move(by), msg.cookie, std::move(msg.what)});
}

void store_group::add(discard_letter& msg, caf::strong_actor_ptr by, timestamp now) {
  discards.push_back({std::move(by), msg.cookie, msg.id});
  batch.discards.push_back({std::move(msg.id), now, msg.undo});
}

void store_group::add(fire_timers& msg, caf::strong_actor_ptr by) {
  fires.push_back({std::move(by), msg.cookie, msg.what.size()});
  std::move(msg.what.begin(), msg.what.end(), std::back_inserter(batch.fired));
}

group_count store_group::count() const {
  group_count out;
  for (const auto& appended : outcome.appends)
    if (appended && !appended->replayed)
      for (const auto& item : appended->items)
        out.accepted += item.outcome == storage::append_outcome::accepted ? 1 : 0;
  for (std::size_t i = 0; i < outcome.commits.size(); ++i)
    if (outcome.commits[i]) {
      out.finished += batch.commits[i].finished.size();
      out.caused += outcome.commits[i]->outgoing.size();
    }
  for (const auto& fired : outcome.fired)
    out.caused += fired && *fired ? 1 : 0;
  out.accepted += out.caused;
  return out;
}

events_written store_group::news() const {
  events_written out;
  for (const auto& appended : outcome.appends)
    if (appended && !appended->replayed)
      for (const auto& item : appended->items)
        if (item.outcome == storage::append_outcome::accepted)
          out.events.push_back(item.body);
  out.appended = out.events.size();
  for (const auto& committed : outcome.commits)
    if (committed)
      std::ranges::copy(committed->outgoing, std::back_inserter(out.events));
  for (const auto& fired : outcome.fired)
    if (fired && *fired)
      out.events.push_back(*fired);
  return out;
}

bool store_group::is_awaited() const {
  return std::ranges::any_of(appends, [](const auto& one) { return one.what.is_awaited; });
}

bool store_group::is_out() const {
  return !to_hand_on && count().accepted > 0;
}

std::optional<timestamp> store_group::first_timer() const {
  std::optional<timestamp> due;
  for (std::size_t i = 0; i < outcome.commits.size(); ++i)
    if (outcome.commits[i])
      for (const auto& set : batch.commits[i].timers)
        due = std::min(due.value_or(set.due), set.due);
  return due;
}

void store_group::account_append(job_holdings& held, std::size_t which) const {
  const auto& appended = outcome.appends[which];
  const auto& made = batch.appends[which].events;
  const auto was_held = appends[which].what.is_held;
  for (std::size_t n = 0; n < made.size(); ++n) {
    const auto is_new =
        appended && !appended->replayed && appended->items[n].outcome == storage::append_outcome::accepted;
    const held_amount one{1, made[n].payload.size()};
    if (was_held && !is_new)
      held.give_back(made[n].job, one);
    else if (!was_held && is_new)
      held.add(made[n].job, one);
  }
}

void store_group::account(job_holdings& held, timestamp now) const {
  for (std::size_t i = 0; i < outcome.appends.size(); ++i)
    account_append(held, i);
  for (std::size_t i = 0; i < outcome.commits.size(); ++i) {
    held.look_ahead(i, outcome.commits.size(), [&](std::size_t at) -> const job_id& { return batch.commits[at].job; });
    const auto& committed = outcome.commits[i];
    if (!committed)
      continue;
    // Before its own release: a job that sends events to itself keeps its entry.
    for (const auto& sent : committed->outgoing)
      held.add(sent->body.job, {1, sent->body.payload.size()});
    const auto& what = batch.commits[i];
    held.finished(what.job, {what.finished.size(), committed->finished_bytes}, now);
  }
  for (const auto& fired : outcome.fired)
    if (fired && *fired)
      held.add((*fired)->body.job, {1, (*fired)->body.payload.size()});
}

void store_group::refuse(const error& why) {
  to_hand_on.reset();
  outcome = {};
  outcome.appends.assign(appends.size(), result<storage::append_result>{why});
  outcome.commits.assign(commits.size(), result<storage::commit_result>{why});
  outcome.discards.assign(discards.size(), status{why});
  outcome.fired.assign(batch.fired.size(), result<event_ptr>{why});
}

} // namespace weir::actors
