#include "storage/memory_state.hpp"
#include "storage/record_codec.hpp"

#include <algorithm>
#include <mutex>

// The part of the store in memory that knows what leaves it.

namespace weir::storage {

namespace {

auto place_of(const outbox_key& key) {
  return std::tuple{key.sink, key.job, key.seq, key.nr};
}

} // namespace

std::vector<event_ptr> memory_store::state::send(const job_commit& what) {
  std::vector<event_ptr> sent;
  for (const auto& body : what.outgoing)
    if (seen_before(body, what.at) == nullptr)
      sent.push_back(accept({body, 0, what.at}));
  return sent;
}

void memory_store::state::note_asked(const job_commit& what) {
  for (auto& row : keyed_rows(what)) {
    const auto place = place_of(row.key);
    outbox.insert_or_assign(place, std::move(row));
  }
  for (const auto& one : what.timers)
    timers.insert_or_assign({one.due, one.body.id}, one.body);
}

result<event_ptr> memory_store::state::fire(const fire_request& request) {
  const auto found = timers.find({request.due, request.id});
  if (found == timers.end())
    return event_ptr{};
  auto body = std::move(found->second);
  timers.erase(found);
  if (seen_before(body, request.at) != nullptr)
    return event_ptr{};
  return accept({std::move(body), 0, request.at});
}

std::uint64_t memory_store::state::deliver(const delivered_request& request) {
  std::uint64_t waited = 0;
  for (const auto& key : request.rows)
    waited += outbox.erase(place_of(key));
  return waited;
}

result<outbox_page> memory_store::outbox(const outbox_key& after, std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  outbox_page page;
  page.complete = true;
  for (auto at = state_->shown().outbox.upper_bound(place_of(after));
       at != state_->shown().outbox.end() && at->second.key.sink == after.sink; ++at) {
    if (page.rows.size() >= limit) {
      page.complete = false;
      break;
    }
    page.rows.push_back(at->second);
  }
  return page;
}

result<std::vector<sink_backlog>> memory_store::outbox_stats() const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  std::vector<sink_backlog> found;
  for (const auto& [place, row] : state_->shown().outbox) {
    if (found.empty() || found.back().sink != row.key.sink)
      found.push_back({row.key.sink, 0, row.at});
    ++found.back().pending;
    found.back().oldest = std::min(found.back().oldest, row.at);
  }
  return found;
}

result<timer_page> memory_store::timers(timestamp until, std::size_t limit) const {
  const std::shared_lock lock{state_->guard};
  if (auto open = state_->usable(); !open)
    return open.error();
  timer_page page;
  for (const auto& [place, body] : state_->shown().timers) {
    if (place.first > until || page.due.size() >= limit) {
      page.next = place.first;
      break;
    }
    page.due.push_back({place.first, body});
  }
  return page;
}

} // namespace weir::storage
