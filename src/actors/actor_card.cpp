#include "actors/actor_card.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace weir::actors {

const char* to_word(actor_state state) noexcept {
  switch (state) {
  case actor_state::starting:
    return "starting";
  case actor_state::idle:
    return "idle";
  case actor_state::running:
    return "running";
  case actor_state::waiting:
    return "waiting";
  case actor_state::backoff:
    return "backoff";
  case actor_state::paused:
    return "paused";
  case actor_state::parked:
    return "parked";
  case actor_state::stopped:
    return "stopped";
  }
  return "unknown";
}

actor_card::actor_card(std::string actor_id, std::string actor_kind, std::string parent_id)
    : id(std::move(actor_id)), kind(std::move(actor_kind)), parent(std::move(parent_id)) {
  // nop
}

std::uint64_t actor_card::mailbox() const noexcept {
  // Two loads that belong to different moments: never show a negative number.
  auto in = offered.load(std::memory_order_relaxed);
  auto out = taken.load(std::memory_order_relaxed);
  return in > out ? in - out : 0;
}

void actor_card::note_error(std::string what, timestamp at) {
  std::lock_guard guard{mutex_};
  error_ = std::move(what);
  error_at_ = at;
}

std::pair<std::string, timestamp> actor_card::last_error() const {
  std::lock_guard guard{mutex_};
  return {error_, error_at_};
}

void actor_card::note_crash(crash what) {
  std::lock_guard guard{mutex_};
  crash_ = std::move(what);
}

std::optional<actor_card::crash> actor_card::take_crash() {
  std::lock_guard guard{mutex_};
  return std::exchange(crash_, std::nullopt);
}

card_ptr actor_board::add(std::string id, std::string kind, std::string parent, timestamp now) {
  auto card = std::make_shared<actor_card>(std::move(id), std::move(kind), std::move(parent));
  card->since_us = now.time_since_epoch().count();
  card->active_us = now.time_since_epoch().count();
  std::lock_guard guard{mutex_};
  take_out(card->id);
  cards_.emplace(card->id, card);
  ++counts_[card->kind];
  by_parent_[card->parent].emplace(card->id, card);
  return card;
}

void actor_board::remove(const std::string& id) {
  std::lock_guard guard{mutex_};
  take_out(id);
}

void actor_board::take_out(std::string_view id) {
  const auto found = cards_.find(id);
  if (found == cards_.end())
    return;
  const auto gone = found->second; // keeps the id that it is found by
  cards_.erase(found);
  const auto siblings = by_parent_.find(gone->parent);
  siblings->second.erase(gone->id);
  if (siblings->second.empty())
    by_parent_.erase(siblings);
  const auto count = counts_.find(gone->kind);
  if (--count->second == 0)
    counts_.erase(count);
}

card_ptr actor_board::find(const std::string& id) const {
  std::lock_guard guard{mutex_};
  auto found = cards_.find(id);
  return found == cards_.end() ? nullptr : found->second;
}

std::vector<card_ptr> actor_board::list(const std::string& kind, const std::string& after, std::size_t limit) const {
  auto out = candidates(kind, after, limit);
  const auto by_id = [](const card_ptr& a, const card_ptr& b) { return a->id < b->id; };
  if (out.size() > limit) {
    std::nth_element(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(limit), out.end(), by_id);
    out.resize(limit);
  }
  std::sort(out.begin(), out.end(), by_id);
  return out;
}

std::vector<card_ptr> actor_board::candidates(const std::string& kind, const std::string& after,
                                              std::size_t limit) const {
  std::vector<card_ptr> out;
  std::lock_guard guard{mutex_};
  for (const auto& [parent, members] : by_parent_) {
    std::size_t taken = 0;
    for (auto it = members.upper_bound(after); it != members.end() && taken < limit; ++it)
      if (kind.empty() || it->second->kind == kind) {
        out.push_back(it->second);
        ++taken;
      }
  }
  return out;
}

std::vector<card_ptr> actor_board::children(const std::string& parent, std::size_t limit) const {
  std::vector<card_ptr> out;
  std::lock_guard guard{mutex_};
  auto found = by_parent_.find(parent);
  if (found == by_parent_.end())
    return out;
  for (const auto& [id, card] : found->second) {
    if (out.size() >= limit)
      break;
    out.push_back(card);
  }
  return out;
}

std::map<std::string, std::size_t> actor_board::count_by_kind() const {
  std::lock_guard guard{mutex_};
  return counts_;
}

std::map<std::string, actor_board::tally> actor_board::tally_by_kind() const {
  std::map<std::string, tally> out;
  std::lock_guard guard{mutex_};
  for (const auto& [id, card] : cards_) {
    auto& of_kind = out[card->kind];
    ++of_kind.by_state[to_word(card->state)];
    of_kind.mailbox += card->mailbox();
  }
  return out;
}

} // namespace weir::actors
