#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace weir::actors {

struct node_supervisor_state {
  static inline const char* name = "node_supervisor";

  explicit node_supervisor_state(node_supervisor_actor::pointer actor) : self(actor) {
    // nop
  }

  void start_all();
  void child_down(const caf::down_msg& msg);
  void adopt(const adopt_client& msg);
  void store_is_lost(const store_failed& msg);
  void drain();
  void sweep();
  void give_up_waiting(const tick_restart& msg);

  node_supervisor_actor::pointer self;
  services_ptr services;

private:
  enum class role {
    writer,
    reader,
    history,
    ingest,
    router,
    broadcaster,
    dead_letters,
    operations,
    inspector,
    retention,
    verifier,
    backup,
    timer,
    shard
  };
  struct child {
    role what = role::shard;
    std::uint32_t shard = 0;
    std::string id; ///< of its card
  };

  void start(role what, std::uint32_t shard = 0);
  void count_held();
  void start_shard(std::uint32_t index);
  void restart(const child& which);
  void hang_up_clients();
  void stop_services();
  template <class Handle>
  void watch(const Handle& who, child which);
  template <class Handle>
  void install(const Handle& who, role what, const char* id, const char* kind, Handle directory::handles::*place);

  std::unordered_map<caf::actor_addr, child> children_;
  std::unordered_map<caf::actor_addr, std::weak_ptr<client_outlet>> clients_;
  std::unique_ptr<restart_budget> budget_;
  std::uint32_t shards_alive_ = 0;
  bool draining_ = false;
  bool stopped_ = false;
};

/// The NODE SUPERVISOR starts everything in order, restarts what crashes, and
/// stops everything in order.
///
/// Data path    app/node -> actors/node_supervisor -> (none: it carries no events)
/// Owns         the singletons, the shards, and the directory of their handles.
/// Supervisor   app/node: exits the process with code 70 when the root gives up or fails.
/// On start     spawns all, then has unfinished jobs woken.
/// Quits on     the end of a drain.
/// Never        restarts the STORE WRITER: a store that failed must be recovered.
node_supervisor_actor::behavior_type
node_supervisor(node_supervisor_actor::stateful_pointer<node_supervisor_state> self, services_ptr services);

} // namespace weir::actors
