#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <vector>

namespace weir::actors {

struct router_state {
  static inline const char* name = "router";

  explicit router_state(router_actor::pointer actor) : self(actor) {
    // nop
  }

  /// One message a shard, whatever the number of events.
  void route(const events_accepted& msg);
  void wake(const wake_jobs& msg);
  void forward(const ask_node& msg);
  void look_up_shards();
  void answer_roll();

  router_actor::pointer self;
  services_ptr services;
  std::vector<shard_actor> shards;

private:
  [[nodiscard]] std::uint32_t shard_total() const noexcept {
    return static_cast<std::uint32_t>(shards.size());
  }

  std::vector<events_accepted> outgoing_;
  std::vector<std::size_t> touched_;
};

/// The ROUTER is the stable address of every job: ask it each time.
///
/// Data path    actors/ingest, actors/inspector -> actors/router -> actors/shard
/// Owns         the map from shard to actor, as the node supervisor publishes it.
/// Supervisor   actors/node_supervisor: restart.
/// On start     reads the map.
/// Quits on     an exception, and when the node stops.
/// Never        holds an event: what it drops is found again in the store.
router_actor::behavior_type router(router_actor::stateful_pointer<router_state> self, services_ptr services);

} // namespace weir::actors
