#include "actors/timer.hpp"

#include "actors/actor_basics.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>

namespace weir::actors {

namespace {

/// Timers that one write fires.
constexpr std::size_t at_once = 256;

/// Before a store that could not be read or written is asked again.
constexpr std::chrono::seconds until_next_try{1};

/// The clock of timers can be set, the one of delayed messages cannot: look
/// again now and then.
constexpr std::chrono::minutes longest_sleep{1};

} // namespace

void timer_state::look() {
  if (is_firing_)
    return;
  wakes_at_.reset();
  const auto now = services->now();
  auto page = services->store->timers(now, at_once);
  if (!page) {
    log::error("store.read_failed", {{log::key::detail, page.error().detail}});
    wake_at(services->now() + until_next_try);
    return;
  }
  if (page->due.empty()) {
    if (page->next)
      wake_at(*page->next);
    return;
  }
  auto writer = services->where.get()->writer;
  if (!writer)
    return; // the node stops
  fire_timers due{++cookie_, {}};
  for (auto& one : page->due)
    due.what.push_back({one.due, std::move(one.body.id), now});
  is_firing_ = true;
  self->send(writer, std::move(due));
}

void timer_state::note(const timers_set& msg) {
  WEIR_FAILPOINT("timer_message");
  if (!is_firing_ && (!wakes_at_ || msg.due < *wakes_at_))
    wake_at(msg.due);
}

void timer_state::settle(const timers_fired& msg) {
  WEIR_FAILPOINT("timer_message");
  if (!is_firing_ || msg.cookie != cookie_)
    return;
  is_firing_ = false;
  for (const auto& fired : msg.answers)
    services->metrics->timers_fired.add(fired && *fired ? 1 : 0);
  const auto refused = std::find_if(msg.answers.begin(), msg.answers.end(), [](const auto& fired) { return !fired; });
  if (refused == msg.answers.end())
    return look();
  // A full disk ends; after anything else the node does.
  if (refused->error().code == errc::disk_full)
    wake_at(services->now() + until_next_try);
}

void timer_state::wake(const tick_timers& msg) {
  WEIR_FAILPOINT("timer_message");
  if (msg.token == token_)
    look();
}

void timer_state::wake_at(timestamp due) {
  wakes_at_ = due;
  auto wait = std::max(std::chrono::microseconds{0}, due - services->now());
  if (services->options.threads)
    wait = std::min<std::chrono::microseconds>(wait, longest_sleep);
  self->delayed_send(self, wait, tick_timers{++token_});
}

timer_actor::behavior_type timer(timer_actor::stateful_pointer<timer_state> self, services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->state.look();
  return {
      [self](const timers_set& msg) { self->state.note(msg); },
      [self](const timers_fired& msg) { self->state.settle(msg); },
      [self](const tick_timers& msg) { self->state.wake(msg); },
  };
}

} // namespace weir::actors
