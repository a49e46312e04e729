#include "storage/memory_state.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>

namespace weir::storage {

result<job_snapshot> memory_store::load_job(const job_id& job) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  return state_->shown().snapshot_with_states(job);
}

result<pending_page> memory_store::pending(const job_id& job, log_position after, page_limit limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  return state_->pending_of(job, after, limit);
}

result<job_start> memory_store::start_job(const job_id& job, page_limit limit,
                                          const std::vector<event_ptr>& at_hand) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  auto snapshot = state_->snapshot_with_states(job);
  // Whoever holds or resumes a job says so once that is durable.
  snapshot.mode = state_->shown().snapshot_with_states(job).mode;
  auto pending = state_->pending_of(job, 0, limit);
  // As a store must that reads: whoever has another event under that position is to be found out.
  for (auto& waiting : pending.events)
    if (auto known = find_at(waiting.body->position, at_hand))
      waiting.body = std::move(known);
  return job_start{std::move(snapshot), std::move(pending)};
}

result<std::vector<job_id>> memory_store::unfinished_jobs(const job_id& after, std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  std::vector<job_id> names;
  for (auto at = state_->unfinished.upper_bound(after); at != state_->unfinished.end() && names.size() < limit; ++at)
    names.push_back(*at);
  return names;
}

result<std::vector<pending_amount>> memory_store::pending_amounts(const job_id& after, std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  std::vector<pending_amount> out;
  for (auto at = state_->shown().unfinished.upper_bound(after);
       at != state_->shown().unfinished.end() && out.size() < limit; ++at) {
    pending_amount amount{*at, 0, 0};
    for (const auto& [position, waiting] : state_->shown().jobs.at(*at).pending) {
      ++amount.events;
      amount.bytes += waiting.body->body.payload.size();
    }
    out.push_back(std::move(amount));
  }
  return out;
}

result<stream_page> memory_store::stream(const job_id& job, sequence after, page_limit limit) const {
  if (before_stream)
    before_stream(job, after);
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  stream_page page;
  const auto found = state_->shown().jobs.find(job);
  if (found == state_->shown().jobs.end())
    return page;
  const auto& row = found->second;
  page.last_seq = row.facts.last_seq;
  page.first_seq = row.facts.first_seq;
  std::size_t bytes = 0;
  for (auto index = std::max(after, page.first_seq - 1); index < row.entries.size(); ++index) {
    const auto& entry = row.entries[index].entry;
    const auto cost = page_cost(entry);
    if (!page.entries.empty() && (page.entries.size() >= limit.count || bytes + cost > limit.bytes))
      break;
    bytes += cost;
    page.entries.push_back(entry);
  }
  return page;
}

result<event_report> memory_store::find_event(const std::string& id, const std::string& source) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  const state::event_row* newest = nullptr;
  for (auto at = state_->shown().events.lower_bound({id, source});
       at != state_->shown().events.end() && at->first.first == id; ++at) {
    if (!source.empty() && at->first.second != source)
      break;
    if (newest == nullptr || at->second.order > newest->order)
      newest = &at->second;
  }
  if (newest == nullptr)
    return fail(errc::not_found, fmt::format("no event {}", id));
  event_report report;
  report.body = newest->body;
  report.status = newest->status;
  report.seq = newest->seq;
  report.attempts = newest->attempts;
  const auto& row = state_->shown().jobs.at(newest->job);
  if (const auto waiting = row.pending.find(newest->body->position); waiting != row.pending.end())
    report.attempts = waiting->second.attempts;
  if (newest->seq != 0) {
    const auto& item = row.entries[newest->seq - 1];
    const auto& commit = *item.commit;
    report.records = commit.records;
    report.emitted = emitted_by(commit.entries, newest->seq);
    add_asked(commit, newest->seq, report);
    for (const auto& sent : *item.sent)
      if (sent->body.causation == newest->body->body.id)
        report.outgoing.push_back(sent);
  }
  return report;
}

result<record_put> memory_store::record(const std::string& collection, const std::string& key) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  const auto found = state_->shown().records.find({collection, key});
  if (found == state_->shown().records.end())
    return fail(errc::not_found, fmt::format("no record {} in {}", key, collection));
  return record_put{collection, key, found->second};
}

result<record_page> memory_store::records(const std::string& collection, const std::string& after_key,
                                          std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  record_page page;
  page.complete = true;
  for (auto at = state_->shown().records.lower_bound({collection, after_key});
       at != state_->shown().records.end() && at->first.first == collection; ++at) {
    if (at->first.second == after_key && !after_key.empty())
      continue;
    if (page.records.size() >= limit) {
      page.complete = false;
      break;
    }
    page.records.push_back({collection, at->first.second, at->second});
  }
  return page;
}

result<job_page> memory_store::jobs(const job_id& after, std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  job_page page;
  page.complete = true;
  for (auto at = state_->shown().jobs.upper_bound(after); at != state_->shown().jobs.end(); ++at) {
    if (page.jobs.size() >= limit) {
      page.complete = false;
      break;
    }
    page.jobs.push_back(state_->shown().snapshot_of(at->second));
  }
  return page;
}

result<dead_letter_page> memory_store::dead_letters(const dead_letter_filter& filter, const std::string& after_id,
                                                    std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  dead_letter_page page;
  page.complete = true;
  for (auto at = state_->shown().letters.upper_bound(after_id); at != state_->shown().letters.end(); ++at) {
    if (!matches(filter, at->second))
      continue;
    if (page.letters.size() >= limit) {
      page.complete = false;
      break;
    }
    page.letters.push_back(at->second);
  }
  return page;
}

result<std::pair<dead_letter, event_ptr>> memory_store::find_dead_letter(const std::string& id) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  const auto found = state_->shown().letters.find(id);
  if (found == state_->shown().letters.end())
    return fail(errc::not_found, fmt::format("no dead letter {}", id));
  const auto original = state_->shown().accepted.find(found->second.position);
  if (original == state_->shown().accepted.end())
    return fail(errc::storage_damaged, fmt::format("the event of dead letter {} is missing", id));
  return std::pair{found->second, original->second};
}

result<verify_report> memory_store::verify(const verify_progress& progress) const {
  if (on_verify)
    return on_verify(progress);
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  verify_report report;
  for (const auto& [job, row] : state_->shown().jobs) {
    report.jobs += 1;
    report.entries += row.entries.size();
    if (row.facts.last_seq != row.entries.size())
      report.add({job, row.facts.last_seq, "the last seq differs from the number of entries"});
    for (std::size_t i = 0; i < row.entries.size(); ++i)
      if (row.entries[i].entry.seq != i + 1)
        report.add({job, i + 1, "the entry carries another seq"});
    if (row.pending.empty() == state_->shown().unfinished.contains(job))
      report.add({job, 0, "the list of unfinished jobs is wrong"});
    if (progress && !progress(report.jobs, state_->shown().jobs.size()))
      return verification_stopped();
  }
  report.log_records = state_->shown().next_position - 1;
  return report;
}

} // namespace weir::storage
