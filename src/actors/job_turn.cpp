#include "actors/actor_basics.hpp"
#include "actors/job.hpp"

#include <algorithm>
#include <utility>

namespace weir::actors {

// -- turns -----------------------------------------------------------------------

/// Whether there is something that needs a turn.
bool job_state::is_ready() const {
  return under_way_ ? answer_ || may_proceed_ : postponed_ || order_->held() > 0;
}

/// @returns whether the job may go on: it has a turn, or nothing that needs one.
bool job_state::begin_turn() {
  if (!is_ready())
    return true;
  const auto wanted = std::min<std::size_t>(order_->held() + 1, turns->quantum());
  allowance_ = turns->ask(self->address(), rank(), static_cast<std::uint32_t>(wanted));
  return allowance_ > 0;
}

void job_state::end_turn() {
  if (std::exchange(allowance_, 0) > 0)
    turns->finish(self->address(), std::exchange(spent_, 0));
}

void job_state::pay_for(const sequencing_step& step) {
  spent_ += step.body ? turn_cost(step.body->body.payload.size(), turns->quantum()) : 1;
}

/// The highest among the events in memory and what is known of those that
/// wait in the store.
event_priority job_state::rank() const {
  auto out = page_to_come() ? card->behind_rank.load() : event_priority::low;
  for (auto rank : {event_priority::normal, event_priority::high})
    if (held_by_rank_[static_cast<std::size_t>(rank)] > 0)
      out = std::max(out, rank);
  return out;
}

void job_state::count_held(const accepted_event& body, int change) {
  held_by_rank_[static_cast<std::size_t>(body.body.priority)] += change;
}

void job_state::note_waiting(const accepted_event& body) {
  card->note_behind(body.body.priority);
}

} // namespace weir::actors
