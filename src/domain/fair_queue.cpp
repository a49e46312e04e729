#include "domain/fair_queue.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace weir {

fair_queue::fair_queue(fair_queue_options options) : options_(options) {
  options_.quantum = std::max<std::uint32_t>(options_.quantum, 1);
  for (auto& weight : options_.weights)
    weight = std::max<std::uint32_t>(weight, 1);
  rings_[at_].credit = std::int64_t{options_.weights[at_]} * options_.quantum;
}

void fair_queue::enter(std::uint64_t key, event_priority rank, std::uint32_t wanted) {
  auto& who = members_[key];
  assert(who.where != stage::in_turn);
  const auto new_rank = static_cast<std::uint8_t>(rank);
  auto& to = rings_[new_rank].keys;
  who.wanted = std::max<std::uint32_t>(wanted, 1);
  if (who.where == stage::waiting) {
    if (who.rank != new_rank)
      to.splice(to.end(), rings_[who.rank].keys, who.place);
  } else {
    who.place = to.insert(to.end(), key);
    who.where = stage::waiting;
    ++waiting_;
  }
  who.rank = new_rank;
}

std::optional<fair_turn> fair_queue::next() {
  if (waiting_ == 0)
    return std::nullopt;
  auto& from = next_ring();
  const auto key = from.keys.front();
  from.keys.pop_front();
  --waiting_;
  ++turns_;
  auto& who = members_.at(key);
  who.where = stage::in_turn;
  who.allowance = std::min(who.wanted, options_.quantum - std::exchange(who.debt, 0));
  // Charged now and corrected at the end: others begin before this turn is over.
  charge(from, who.allowance);
  return fair_turn{key, who.allowance};
}

/// The class whose turn it is. Each visit brings a share that is larger than
/// any debt, so that the second round finds one at the latest.
fair_queue::ring& fair_queue::next_ring() {
  for (;;) {
    auto& here = rings_[at_];
    if (!here.keys.empty() && here.credit > 0)
      return here;
    // What a class did not need it does not save up.
    if (here.keys.empty())
      here.credit = std::min<std::int64_t>(here.credit, 0);
    at_ = (at_ + rings_.size() - 1) % rings_.size();
    auto& following = rings_[at_];
    const auto share = std::int64_t{options_.weights[at_]} * options_.quantum;
    following.credit = std::min(following.credit + share, share);
  }
}

void fair_queue::charge(ring& from, std::int64_t cost) {
  const auto index = static_cast<std::size_t>(&from - rings_.data());
  const auto share = std::int64_t{options_.weights[index]} * options_.quantum;
  from.credit = std::clamp(from.credit - cost, 1 - share, share);
}

bool fair_queue::finish(std::uint64_t key, std::uint32_t cost) {
  const auto found = members_.find(key);
  if (found == members_.end() || found->second.where != stage::in_turn)
    return false;
  auto& who = found->second;
  charge(rings_[who.rank], std::int64_t{cost} - std::int64_t{who.allowance});
  --turns_;
  who.where = stage::resting;
  who.debt = cost > who.allowance ? std::min(cost - who.allowance, options_.quantum - 1) : 0;
  if (who.debt == 0)
    members_.erase(found);
  return true;
}

void fair_queue::forget(std::uint64_t key) {
  const auto found = members_.find(key);
  if (found == members_.end())
    return;
  if (found->second.where == stage::waiting) {
    rings_[found->second.rank].keys.erase(found->second.place);
    --waiting_;
  }
  if (found->second.where == stage::in_turn)
    --turns_;
  members_.erase(found);
}

bool fair_queue::in_turn(std::uint64_t key) const {
  return allowance(key) > 0;
}

std::uint32_t fair_queue::allowance(std::uint64_t key) const {
  const auto found = members_.find(key);
  return found != members_.end() && found->second.where == stage::in_turn ? found->second.allowance : 0;
}

bool fair_queue::is_waiting(std::uint64_t key) const {
  const auto found = members_.find(key);
  return found != members_.end() && found->second.where == stage::waiting;
}

std::size_t fair_queue::waiting() const noexcept {
  return waiting_;
}

std::size_t fair_queue::turns() const noexcept {
  return turns_;
}

std::size_t fair_queue::known() const noexcept {
  return members_.size();
}

std::uint32_t turn_cost(std::size_t payload_bytes, std::uint32_t quantum) noexcept {
  constexpr std::size_t step = std::size_t{16} << 10;
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(1 + payload_bytes / step, std::max<std::uint32_t>(quantum, 1)));
}

} // namespace weir
