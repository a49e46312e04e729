#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <optional>

namespace weir::actors {

struct timer_state {
  static inline const char* name = "timer";

  explicit timer_state(timer_actor::pointer actor) : self(actor) {
    // nop
  }

  /// Fires what is due, or sleeps until something is.
  void look();

  void note(const timers_set& msg);
  void settle(const timers_fired& msg);
  void wake(const tick_timers& msg);

  timer_actor::pointer self;
  services_ptr services;

private:
  void wake_at(timestamp due);

  std::optional<timestamp> wakes_at_; ///< nothing: no timer is known to wait, or they are being fired
  std::uint64_t token_ = 0;
  std::uint64_t cookie_ = 0;
  bool is_firing_ = false;
};

/// The TIMER lets the events of timers enter their jobs when they are due.
///
/// Data path    actors/store_writer -> actors/timer -> actors/store_writer -> actors/router
/// Owns         nothing; the timers are in the store, and one that fires twice counts once.
/// Supervisor   actors/node_supervisor: restart.
/// On start     looks what is due.
/// Quits on     an exception, and when the node stops.
/// Never        makes an event that is not durable together with the end of its timer.
timer_actor::behavior_type timer(timer_actor::stateful_pointer<timer_state> self, services_ptr services);

} // namespace weir::actors
