#include "actors/actor_card.hpp"

#include "domain/hash.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>

namespace weir::actors {

namespace {

/// The first ones by id, in order.
std::vector<card_ptr> first_of(std::vector<const card_ptr*> cards, std::size_t limit) {
  const auto by_id = [](const card_ptr* a, const card_ptr* b) { return (*a)->id < (*b)->id; };
  const auto end = cards.begin() + static_cast<std::ptrdiff_t>(std::min(limit, cards.size()));
  std::partial_sort(cards.begin(), end, cards.end(), by_id);
  std::vector<card_ptr> out;
  std::transform(cards.begin(), end, std::back_inserter(out), [](const card_ptr* card) { return *card; });
  return out;
}

} // namespace

const char* to_word(actor_state state) noexcept {
  const auto index = static_cast<std::size_t>(state);
  return index < actor_state_words.size() ? actor_state_words[index] : "unknown";
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

void actor_card::begin_anew(std::uint64_t retractions_now) noexcept {
  offered = 0;
  taken = 0;
  retractions = retractions_now;
  behind = false;
  behind_rank = event_priority::low;
  state = actor_state::starting;
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
  const auto hash = xxh3_64(card->id);
  std::lock_guard guard{mutex_};
  take_out(card->id, hash);
  cards_.insert(hash, card);
  ++counts_[card->kind];
  auto& siblings = by_parent_[card->parent];
  card->place_ = siblings.size();
  siblings.push_back(card);
  return card;
}

void actor_board::remove(const std::string& id) {
  const auto hash = xxh3_64(id);
  std::lock_guard guard{mutex_};
  take_out(id, hash);
}

const card_ptr* actor_board::card_of(std::string_view id, std::uint64_t hash) const {
  return cards_.find(hash, [id](const card_ptr& known) { return known->id == id; });
}

void actor_board::take_out(std::string_view id, std::uint64_t hash) {
  const auto* found = card_of(id, hash);
  if (found == nullptr)
    return;
  const auto gone = *found;
  cards_.erase(found);
  const auto siblings = by_parent_.find(gone->parent);
  auto& hole = siblings->second[gone->place_];
  hole = siblings->second.back();
  hole->place_ = gone->place_;
  siblings->second.pop_back();
  if (siblings->second.empty())
    by_parent_.erase(siblings);
  const auto count = counts_.find(gone->kind);
  if (--count->second == 0)
    counts_.erase(count);
}

card_ptr actor_board::find(const std::string& id) const {
  const auto hash = xxh3_64(id);
  std::lock_guard guard{mutex_};
  const auto* found = card_of(id, hash);
  return found == nullptr ? nullptr : *found;
}

std::vector<card_ptr> actor_board::list(const std::string& kind, const std::string& after, std::size_t limit) const {
  std::vector<const card_ptr*> wanted;
  std::lock_guard guard{mutex_};
  for (const auto& [parent, members] : by_parent_)
    for (const auto& card : members)
      if (card->id > after && (kind.empty() || card->kind == kind))
        wanted.push_back(&card);
  return first_of(std::move(wanted), limit);
}

std::vector<card_ptr> actor_board::children(const std::string& parent, std::size_t limit) const {
  std::vector<const card_ptr*> wanted;
  std::lock_guard guard{mutex_};
  const auto found = by_parent_.find(parent);
  if (found == by_parent_.end())
    return {};
  for (const auto& card : found->second)
    wanted.push_back(&card);
  return first_of(std::move(wanted), limit);
}

std::map<std::string, std::size_t> actor_board::count_by_kind() const {
  std::lock_guard guard{mutex_};
  return counts_;
}

std::map<std::string, actor_board::tally> actor_board::tally_by_kind() const {
  std::map<std::string, tally> out;
  // Siblings are nearly always of one kind: its words are looked up once for all of them.
  std::string_view kind;
  std::array<std::size_t, actor_state_words.size()> states{};
  std::uint64_t mailbox = 0;
  const auto settle = [&] {
    if (kind.empty())
      return;
    auto& of_kind = out[std::string{kind}];
    of_kind.mailbox += std::exchange(mailbox, 0);
    for (std::size_t state = 0; state < states.size(); ++state)
      if (const auto count = std::exchange(states[state], 0); count > 0)
        of_kind.by_state[actor_state_words[state]] += count;
  };
  std::lock_guard guard{mutex_};
  for (const auto& [parent, members] : by_parent_)
    for (const auto& card : members) {
      if (card->kind != kind) {
        settle();
        kind = card->kind;
      }
      ++states[static_cast<std::size_t>(card->state.load())];
      mailbox += card->mailbox();
    }
  settle();
  return out;
}

} // namespace weir::actors
