#include "actors/operation_board.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::actors {

namespace {

constexpr std::size_t most_rows = 100;
constexpr std::ptrdiff_t most_running = 4;

bool runs(const operation_row& row) {
  return row.state == operation_row::phase::running;
}

} // namespace

operation_row* operation_board::look_up(const std::string& id) {
  const auto found = std::ranges::find(all_, id, &operation_row::id);
  return found == all_.end() ? nullptr : &*found;
}

status operation_board::add(operation_row row) {
  const std::scoped_lock lock{guard_};
  if (std::ranges::count_if(all_, runs) >= most_running)
    return fail(errc::state_conflict,
                fmt::format("{} operations run already; wait for one or cancel it", most_running));
  if (all_.size() >= most_rows)
    all_.erase(std::ranges::find_if_not(all_, runs));
  all_.push_back(std::move(row));
  return {};
}

void operation_board::change(const std::string& id, const std::function<void(operation_row&)>& how) {
  const std::scoped_lock lock{guard_};
  if (auto* row = look_up(id))
    how(*row);
}

result<operation_row> operation_board::cancel(const std::string& id, timestamp now) {
  const std::scoped_lock lock{guard_};
  auto* row = look_up(id);
  if (row == nullptr)
    return fail(errc::not_found, fmt::format("no operation \"{}\" since the node started", id));
  if (!runs(*row))
    return fail(errc::state_conflict, fmt::format("operation {} has ended", id));
  row->state = operation_row::phase::cancelled;
  row->ended_at = now;
  return *row;
}

void operation_board::abandon(timestamp now) {
  const std::scoped_lock lock{guard_};
  for (auto& row : all_) {
    if (!runs(row))
      continue;
    row.state = operation_row::phase::failed;
    row.ended_at = now;
    row.detail = "the actor that ran it crashed; what is done stays, the same request again does the rest";
  }
}

std::optional<operation_row> operation_board::find(const std::string& id) const {
  const std::scoped_lock lock{guard_};
  const auto found = std::ranges::find(all_, id, &operation_row::id);
  return found == all_.end() ? std::optional<operation_row>{} : *found;
}

std::vector<operation_row> operation_board::list() const {
  const std::scoped_lock lock{guard_};
  return {all_.rbegin(), all_.rend()};
}

} // namespace weir::actors
