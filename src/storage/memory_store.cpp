#include "storage/memory_store.hpp"

#include "storage/memory_state.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace weir::storage {

memory_store::memory_store(memory_options opts) : state_(std::make_unique<state>()) {
  state_->opts = opts;
}

memory_store::~memory_store() = default;

void memory_store::revive() {
  const std::unique_lock lock{state_->guard};
  state_->undo();
  state_->failed = false;
  state_->closed = false;
}

bool memory_store::has_staged() const {
  const std::shared_lock lock{state_->guard};
  return state_->before_stage.has_value();
}

result<write_outcome> memory_store::stage(const write_batch& batch) {
  const std::unique_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  if (state_->failed)
    return fail(errc::storage_unavailable, "an earlier write failed");
  if (before_write)
    if (auto injected = before_write(batch)) {
      state_->failed = injected->code == errc::storage_unavailable;
      return *std::move(injected);
    }
  if (before_sync && !state_->before_stage)
    state_->before_stage = *state_;
  write_outcome outcome;
  for (const auto& request : batch.appends)
    outcome.appends.push_back(state_->append(request));
  for (const auto& wanted : batch.commits)
    outcome.commits.push_back(state_->commit(wanted));
  for (const auto& request : batch.discards)
    outcome.discards.push_back(state_->discard(request));
  for (const auto& request : batch.fired)
    outcome.fired.push_back(state_->fire(request));
  for (const auto& request : batch.delivered)
    outcome.delivered.emplace_back(state_->deliver(request));
  return outcome;
}

status memory_store::sync() {
  const std::unique_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open;
  if (state_->failed)
    return fail(errc::storage_unavailable, "an earlier write failed");
  if (auto injected = before_sync ? before_sync() : std::nullopt) {
    state_->failed = injected->code == errc::storage_unavailable;
    state_->undo();
    return *std::move(injected);
  }
  state_->before_stage.reset();
  return {};
}

status memory_store::close() {
  const std::unique_lock lock{state_->guard};
  state_->closed = true;
  return {};
}

store_stats memory_store::stats() const {
  const std::shared_lock lock{state_->guard};
  store_stats figures;
  figures.kind = "memory";
  figures.store_id = to_hex(state_->opts.random.data(), state_->opts.random.size());
  figures.incarnation = figures.store_id.substr(0, 16);
  figures.jobs = state_->shown().jobs.size();
  figures.pending_bytes = state_->shown().pending_bytes;
  figures.head = state_->shown().next_position;
  figures.timers = state_->shown().timers.size();
  figures.outbox = state_->shown().outbox.size();
  for (const auto& [job, row] : state_->shown().jobs) {
    figures.pending += row.pending.size();
    if (row.pending.empty())
      continue;
    const auto oldest = row.pending.begin()->second.body->accepted_at;
    figures.oldest_pending = std::min(figures.oldest_pending.value_or(oldest), oldest);
  }
  for (const auto& [id, letter] : state_->shown().letters)
    figures.dead_letters += letter.state == "open" ? 1 : 0;
  return figures;
}

disk_report memory_store::disk() const {
  return {};
}

result<trim_report> memory_store::trim(timestamp /*now*/) {
  return on_trim ? on_trim() : trim_report{};
}

result<backup_report> memory_store::backup(const backup_request& wanted) {
  if (!on_backup)
    return fail(errc::unsupported, "a store in memory has no files to back up");
  return on_backup(wanted);
}

void memory_store::trim_job(const job_id& job, sequence first) {
  const std::unique_lock lock{state_->guard};
  state_->jobs.at(job).facts.first_seq = first;
}

} // namespace weir::storage
