#include "actors/verification_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::actors {

namespace {

constexpr std::size_t most_verifications = 10;

} // namespace

verification* verification_board::under_way() {
  if (all_.empty() || all_.back().state > verification::phase::running)
    return nullptr;
  return &all_.back();
}

result<verification> verification_board::add(const std::string& id, timestamp now) {
  const std::scoped_lock lock{guard_};
  if (const auto* other = under_way())
    return fail(errc::state_conflict, fmt::format("verification {} is under way", other->id));
  if (all_.size() == most_verifications)
    all_.pop_front();
  auto& added = all_.emplace_back();
  added.id = id;
  added.started_at = now;
  return added;
}

std::string verification_board::begin() {
  const std::scoped_lock lock{guard_};
  auto* one = under_way();
  if (one == nullptr || one->state != verification::phase::waiting)
    return {};
  one->state = verification::phase::running;
  return one->id;
}

void verification_board::note_progress(std::uint64_t done, std::uint64_t total) {
  const std::scoped_lock lock{guard_};
  if (auto* one = under_way()) {
    one->done_bytes = done;
    one->total_bytes = total;
  }
}

void verification_board::end(result<storage::verify_report> found, timestamp now) {
  const std::scoped_lock lock{guard_};
  auto* one = under_way();
  if (one == nullptr)
    return;
  one->ended_at = now;
  one->state = found ? verification::phase::done : verification::phase::failed;
  if (found)
    one->report = *std::move(found);
  else
    one->detail = found.error().detail;
}

void verification_board::abandon(const std::string& why, timestamp now) {
  const std::scoped_lock lock{guard_};
  auto* one = under_way();
  if (one == nullptr || one->state != verification::phase::running)
    return;
  one->ended_at = now;
  one->state = verification::phase::failed;
  one->detail = why;
}

bool verification_board::waits() const {
  const std::scoped_lock lock{guard_};
  return !all_.empty() && all_.back().state == verification::phase::waiting;
}

std::optional<verification> verification_board::find(const std::string& id) const {
  const std::scoped_lock lock{guard_};
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const verification& one) { return one.id == id; });
  return found == all_.end() ? std::optional<verification>{} : *found;
}

} // namespace weir::actors
