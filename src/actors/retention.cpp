#include "actors/retention.hpp"

#include "actors/actor_basics.hpp"
#include "telemetry/failpoint.hpp"

namespace weir::actors {

void retention_state::turn() {
  WEIR_FAILPOINT("retention_message");
  auto done = services->store->trim(services->now());
  if (!done) {
    services->metrics->trim_failures.add();
    log::error("store.trim_failed", {{log::key::detail, done.error().detail}});
  } else if (done->dropped_segments > 0) {
    services->metrics->trimmed_bytes.add(static_cast<double>(done->dropped_bytes));
    log::info("store.trimmed", {{log::key::bytes, done->dropped_bytes},
                                {log::key::count, done->dropped_segments},
                                {log::key::position, done->floor}});
    self->send(self, tick_sweep{});
    return;
  }
  if (services->options.threads)
    self->delayed_send(self, services->options.retention_check, tick_sweep{});
}

retention_actor::behavior_type retention(retention_actor::stateful_pointer<retention_state> self,
                                         services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->send(self, tick_sweep{});
  return {
      [self](const tick_sweep&) { self->state.turn(); },
  };
}

} // namespace weir::actors
