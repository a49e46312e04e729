#include "storage/embedded_state.hpp"
#include "storage/embedded_store.hpp"
#include "storage/store_rules.hpp"
#include "storage/stream_reader.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

namespace {

job_snapshot snapshot_of(const job_id& job, job_row row) {
  job_snapshot snapshot;
  snapshot.job = job;
  snapshot.exists = true;
  snapshot.last_seq = row.last_seq;
  snapshot.first_seq = row.first_seq;
  snapshot.cursors = std::move(row.cursors);
  snapshot.mode = row.mode;
  snapshot.mode_reason = std::move(row.mode_reason);
  snapshot.updated_at = row.updated_at;
  snapshot.hash = row.hash;
  return snapshot;
}

result<bool> has_pending(const view::reader& rows, const job_id& job) {
  const auto prefix = keys::pending_of(job);
  const auto first = rows.first(prefix, prefix);
  if (!first)
    return first.error();
  return first->has_value();
}

/// Without `has_pending`.
result<job_snapshot> read_job(const view::reader& rows, const job_id& job) {
  const auto bytes = rows.get(keys::job(job));
  if (!bytes)
    return bytes.error();
  if (!*bytes) {
    job_snapshot unknown;
    unknown.job = job;
    return unknown;
  }
  auto row = job_row::decode(**bytes);
  if (!row)
    return row.error();
  const auto may_have_states = row->may_have_states;
  auto snapshot = snapshot_of(job, *std::move(row));
  if (!may_have_states)
    return snapshot;
  const auto prefix = keys::states_of(job);
  auto scanned = rows.scan(prefix, prefix, [&](std::string_view key, std::string_view document) {
    snapshot.states.emplace_back(key.substr(prefix.size()), document);
    return true;
  });
  if (!scanned)
    return scanned.error();
  return snapshot;
}

/// The event there, from the log if it is not at hand.
result<event_ptr> event_at(log_position position, const log_reader& log, const std::vector<event_ptr>& at_hand) {
  auto known = find_at(position, at_hand);
  return known ? std::move(known) : log.event(position);
}

result<pending_page> read_pending(const view::reader& rows, const log_reader& log, const job_id& job,
                                  log_position after, page_limit limit, const std::vector<event_ptr>& at_hand) {
  pending_page page;
  page.complete = true;
  std::size_t bytes = 0;
  auto scanned = rows.each(keys::pending_of(job), keys::after(keys::pending(job, after)),
                           [&](std::string_view key, std::string_view value) -> result<bool> {
                             auto row = pending_row::decode(value);
                             const auto place = keys::split(key);
                             if (!row || !place) {
                               return row ? fail(errc::storage_damaged, "a pending key does not decode") : row.error();
                             }
                             if (!page.events.empty() && (page.events.size() >= limit.count || bytes >= limit.bytes)) {
                               page.complete = false;
                               return false;
                             }
                             auto body = event_at(place->number, log, at_hand);
                             if (!body) {
                               return body.error();
                             }
                             const auto cost = page_cost((*body)->body);
                             if (!page.events.empty() && bytes + cost > limit.bytes) {
                               page.complete = false;
                               return false;
                             }
                             bytes += cost;
                             page.events.push_back({*std::move(body), std::move(row->attempts)});
                             return true;
                           });
  if (!scanned)
    return scanned.error();
  return page;
}

/// One page as of one moment. @returns `history_trimmed` when what the moment
/// names is gone by now.
result<stream_page> read_stream(const embedded_store::state& of, const job_id& job, sequence after, page_limit limit) {
  const view::reader rows{*of.rows, {{keys::job(job)}, {keys::stream_of(job)}}};
  stream_page page;
  const auto bytes = rows.get(keys::job(job));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return page;
  const auto row = job_row::decode(**bytes);
  if (!row)
    return row.error();
  page.last_seq = row->last_seq;
  page.first_seq = row->first_seq;
  const auto behind = std::max(after, row->first_seq - 1);
  page_filler filler{page, *of.log, job, behind, limit};
  auto scanned = rows.each(keys::stream_of(job), keys::after(keys::stream(job, behind)),
                           [&](std::string_view key, std::string_view value) { return filler.add_row(key, value); });
  if (!scanned)
    return scanned.error();
  return page;
}

} // namespace

result<job_snapshot> embedded_store::load_job(const job_id& job) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  const view::reader rows{*state_->rows, {{keys::job(job)}, {keys::pending_of(job), keys::states_of(job)}}};
  auto snapshot = read_job(rows, job);
  if (!snapshot || !snapshot->exists)
    return snapshot;
  const auto waits = has_pending(rows, job);
  if (!waits)
    return waits.error();
  snapshot->has_pending = *waits;
  return snapshot;
}

result<pending_page> embedded_store::pending(const job_id& job, log_position after, page_limit limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  state_->catch_up();
  const view::reader rows{*state_->rows, {{}, {keys::pending_of(job)}}};
  return read_pending(rows, *state_->log, job, after, limit, {});
}

result<job_start> embedded_store::start_job(const job_id& job, page_limit limit,
                                            const std::vector<event_ptr>& at_hand) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  state_->catch_up();
  const view::reader rows{*state_->rows, {{keys::job(job)}, {keys::pending_of(job), keys::states_of(job)}}};
  auto snapshot = read_job(rows, job);
  if (!snapshot)
    return snapshot.error();
  auto pending = read_pending(rows, *state_->log, job, 0, limit, at_hand);
  if (!pending)
    return pending.error();
  snapshot->has_pending = !pending->events.empty();
  return job_start{*std::move(snapshot), *std::move(pending)};
}

result<std::vector<job_id>> embedded_store::unfinished_jobs(const job_id& after, std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  state_->catch_up();
  std::vector<job_id> names;
  const view::reader rows{*state_->rows};
  auto from = after.empty() ? std::string{keys::all_pending} : keys::behind_pending_of(after);
  while (names.size() < limit) {
    const auto next = rows.first(keys::all_pending, from);
    if (!next)
      return next.error();
    if (!*next)
      break;
    auto place = keys::split((*next)->first);
    if (!place)
      return fail(errc::storage_damaged, "a pending key does not decode");
    from = keys::behind_pending_of(place->job);
    names.push_back(std::move(place->job));
  }
  return names;
}

result<std::vector<pending_amount>> embedded_store::pending_amounts(const job_id& after, std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  std::vector<pending_amount> out;
  const view::reader rows{*state_->rows};
  const auto from = after.empty() ? std::string{keys::all_pending} : keys::behind_pending_of(after);
  const auto scanned =
      rows.each(keys::all_pending, from, [&](std::string_view key, std::string_view value) -> result<bool> {
        auto place = keys::split(key);
        const auto row = pending_row::decode(value);
        if (!place || !row) {
          return row ? fail(errc::storage_damaged, "a pending key does not decode") : row.error();
        }
        if (out.empty() || out.back().job != place->job) {
          if (out.size() == limit)
            return false;
          out.push_back({std::move(place->job), 0, 0});
        }
        ++out.back().events;
        out.back().bytes += row->payload_bytes;
        return true;
      });
  if (!scanned)
    return scanned.error();
  return out;
}

result<stream_page> embedded_store::stream(const job_id& job, sequence after, page_limit limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  // A moment of the view may be older than what retention dropped since; the
  // next one knows of it.
  constexpr int tries = 3;
  auto page = read_stream(*state_, job, after, limit);
  for (int n = 1; n < tries && !page && page.error().code == errc::history_trimmed; ++n)
    page = read_stream(*state_, job, after, limit);
  return page;
}

result<job_page> embedded_store::jobs(const job_id& after, std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  job_page page;
  page.complete = true;
  const view::reader rows{*state_->rows};
  const auto from = after.empty() ? std::string{keys::all_jobs} : keys::after(keys::job(after));
  auto scanned = rows.each(keys::all_jobs, from, [&](std::string_view key, std::string_view value) -> result<bool> {
    if (page.jobs.size() >= limit) {
      page.complete = false;
      return false;
    }
    const job_id job{key.substr(keys::all_jobs.size())};
    auto row = job_row::decode(value);
    const auto waits = has_pending(rows, job);
    if (!row || !waits) {
      return row ? waits.error() : row.error();
    }
    page.jobs.push_back(snapshot_of(job, *std::move(row)));
    page.jobs.back().has_pending = *waits;
    return true;
  });
  if (!scanned)
    return scanned.error();
  return page;
}

} // namespace weir::storage
