#include "actors/store_lanes.hpp"

#include "domain/hash.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::actors {

namespace {

constexpr std::size_t many = 64; ///< events of one append that go the other way

} // namespace

commit_job make_commit(std::uint64_t cookie, std::shared_ptr<storage::job_commit> what,
                       std::optional<std::uint64_t> retractions) {
  constexpr std::size_t around = 64; ///< of an entry, beside its payload
  std::size_t bytes = 0;
  for (const auto& entry : what->entries)
    bytes += around + (entry.kind == entry_kind::emitted ? entry.body->body.payload.size() : 0);
  for (const auto& sent : what->outgoing)
    bytes += around + sent.payload.size();
  const auto events = what->finished.size() + what->outgoing.size();
  return {cookie, std::move(what), retractions, events, bytes};
}

void store_lanes::add(store_request request) {
  const auto heavy = is_heavy(request);
  if (heavy)
    count_jobs(std::get<append_events>(request.what), true);
  request.number = ++last_;
  auto& into = heavy ? heavy_ : light_;
  into.events += request.events;
  into.bytes += request.bytes;
  into.requests.push_back(std::move(request));
}

bool store_lanes::is_heavy(const store_request& request) const {
  const auto* append = std::get_if<append_events>(&request.what);
  if (append == nullptr)
    return false;
  const auto& events = append->what->events;
  return events.size() > many || (!heavy_jobs_.empty() && std::ranges::any_of(events, [this](const event& ev) {
           return heavy_jobs_.contains(xxh3_64(ev.job));
         }));
}

void store_lanes::count_jobs(const append_events& what, bool added) {
  for (const auto& ev : what.what->events) {
    if (added) {
      ++heavy_jobs_[xxh3_64(ev.job)];
      continue;
    }
    const auto found = heavy_jobs_.find(xxh3_64(ev.job));
    if (--found->second == 0)
      heavy_jobs_.erase(found);
  }
}

bool store_lanes::may_overtake_none() const {
  return light_.requests.empty() || heavy_.requests.front().number < light_.requests.front().number;
}

void store_lanes::move_front(lane& from, lane& into) {
  auto& next = from.requests.front();
  from.events -= next.events;
  from.bytes -= next.bytes;
  into.events += next.events;
  into.bytes += next.bytes;
  into.requests.push_back(std::move(next));
  from.requests.pop_front();
}

std::vector<store_request> store_lanes::next_group(const group_limits& limits) {
  lane group;
  const auto fits = [&](const lane& from) {
    const auto& next = from.requests.front();
    return group.requests.empty() ||
           (group.events + next.events <= limits.events && group.bytes + next.bytes <= limits.bytes);
  };
  while (!light_.requests.empty() && fits(light_))
    move_front(light_, group);
  auto is_turn = group.requests.empty() || heavy_waited_;
  heavy_waited_ = !heavy_.requests.empty();
  // In its turn one goes in whatever the size.
  for (auto first = true; is_turn && !heavy_.requests.empty() && may_overtake_none() && (first || fits(heavy_));
       first = false) {
    count_jobs(std::get<append_events>(heavy_.requests.front().what), false);
    move_front(heavy_, group);
    heavy_waited_ = false;
  }
  return {std::make_move_iterator(group.requests.begin()), std::make_move_iterator(group.requests.end())};
}

} // namespace weir::actors
