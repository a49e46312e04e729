#include "actors/backup_board.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::actors {

namespace {

constexpr std::size_t most_backups = 10;

} // namespace

backup_row* backup_board::under_way() {
  if (all_.empty() || all_.back().state > backup_row::phase::running)
    return nullptr;
  return &all_.back();
}

result<backup_row> backup_board::add(const std::string& id, const std::filesystem::path& to, timestamp now) {
  const std::scoped_lock lock{guard_};
  if (const auto* other = under_way())
    return fail(errc::state_conflict, fmt::format("backup {} is under way", other->id));
  if (all_.size() == most_backups)
    all_.pop_front();
  auto& added = all_.emplace_back();
  added.id = id;
  added.directory = to;
  added.started_at = now;
  return added;
}

std::optional<backup_row> backup_board::begin() {
  const std::scoped_lock lock{guard_};
  auto* one = under_way();
  if (one == nullptr || one->state != backup_row::phase::waiting)
    return std::nullopt;
  one->state = backup_row::phase::running;
  return *one;
}

void backup_board::note_progress(const storage::backup_progress& at) {
  const std::scoped_lock lock{guard_};
  if (auto* one = under_way())
    one->progress = at;
}

void backup_board::end(const result<storage::backup_report>& made, timestamp now) {
  const std::scoped_lock lock{guard_};
  auto* one = under_way();
  if (one == nullptr)
    return;
  one->ended_at = now;
  if (made) {
    one->state = backup_row::phase::done;
    one->report = *made;
    return;
  }
  one->state = backup_row::phase::failed;
  one->code = problem_of(made.error().code).name;
  one->detail = made.error().detail;
}

void backup_board::abandon(timestamp now) {
  const std::scoped_lock lock{guard_};
  auto* one = under_way();
  if (one == nullptr || one->state != backup_row::phase::running)
    return;
  one->ended_at = now;
  one->state = backup_row::phase::failed;
  one->code = problem_of(errc::internal).name;
  one->detail = "the actor that made it crashed";
}

bool backup_board::waits() const {
  const std::scoped_lock lock{guard_};
  return !all_.empty() && all_.back().state == backup_row::phase::waiting;
}

std::optional<backup_row> backup_board::find(const std::string& id) const {
  const std::scoped_lock lock{guard_};
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const backup_row& one) { return one.id == id; });
  return found == all_.end() ? std::optional<backup_row>{} : *found;
}

} // namespace weir::actors
