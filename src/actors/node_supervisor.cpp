#include "actors/node_supervisor.hpp"

#include "actors/actor_basics.hpp"
#include "actors/backup.hpp"
#include "actors/broadcaster.hpp"
#include "actors/dead_letter.hpp"
#include "actors/ingest.hpp"
#include "actors/inspector.hpp"
#include "actors/operations.hpp"
#include "actors/retention.hpp"
#include "actors/router.hpp"
#include "actors/shard.hpp"
#include "actors/store_reader.hpp"
#include "actors/store_watch.hpp"
#include "actors/store_writer.hpp"
#include "actors/timer.hpp"
#include "actors/verifier.hpp"
#include "telemetry/failpoint.hpp"

namespace weir::actors {

namespace {

/// The process ends with this code when the node cannot go on by itself.
constexpr int exit_software = 70;

/// Asked to come back at once: another actor serves it then.
constexpr std::uint16_t close_and_return = 4000;

} // namespace

template <class Handle>
void node_supervisor_state::watch(const Handle& who, child which) {
  self->monitor(who);
  children_.emplace(who.address(), std::move(which));
}

template <class Handle>
void node_supervisor_state::install(const Handle& who, role what, const char* id, const char* kind,
                                    Handle directory::handles::*place) {
  watch(who, {what, 0, id});
  services->where.update([&](auto& handles) { handles.*place = who; });
  auto old = services->board.find(id);
  auto fresh = services->board.add(id, kind, "node", services->now());
  fresh->restarts = old ? old->restarts.load() : 0;
  fresh->state = actor_state::running;
}

void node_supervisor_state::start_shard(std::uint32_t index) {
  auto who = self->spawn(actors::shard, services, index);
  watch(who, {role::shard, index, shard_card_id(index)});
  ++shards_alive_;
  services->where.update([&](auto& handles) {
    handles.shards.resize(services->options.shard_count);
    handles.shards[index] = who;
  });
}

void node_supervisor_state::start(role what, std::uint32_t shard) {
  using at = directory::handles;
  // What blocks gets a thread of its own; deterministic tests switch that off.
  auto blocking = [&](auto function, auto... arguments) {
    return services->options.threads ? self->spawn<caf::detached>(function, services, arguments...)
                                     : self->spawn(function, services, arguments...);
  };
  switch (what) {
  case role::writer:
    return install(blocking(actors::store_writer, group_limits{}), what, "store_writer", "store_writer", &at::writer);
  case role::reader:
    return install(blocking(actors::store_reader), what, "store_reader", "store_reader", &at::reader);
  case role::history:
    return install(blocking(actors::store_reader), what, "history_reader", "store_reader", &at::history);
  case role::ingest:
    return install(self->spawn(actors::ingest, services), what, "ingest", "ingest", &at::ingest);
  case role::router:
    return install(self->spawn(actors::router, services), what, "router", "router", &at::router);
  case role::broadcaster:
    return install(self->spawn(actors::broadcaster, services), what, "broadcaster", "broadcaster", &at::broadcaster);
  case role::dead_letters:
    return install(blocking(actors::dead_letters), what, "dead_letter", "dead_letter", &at::dead_letters);
  case role::operations:
    return install(blocking(actors::operations), what, "operations", "operations", &at::operations);
  case role::inspector:
    return install(blocking(actors::inspector), what, "inspector", "inspector", &at::inspector);
  case role::retention:
    return install(blocking(actors::retention), what, "retention", "retention", &at::retention);
  case role::verifier:
    return install(blocking(actors::verifier), what, "verifier", "verifier", &at::verifier);
  case role::backup:
    return install(blocking(actors::backup), what, "backup", "backup", &at::backup);
  case role::timer:
    return install(blocking(actors::timer), what, "timer", "timer", &at::timer);
  case role::shard:
    return start_shard(shard);
  }
}

void node_supervisor_state::start_all() {
  services->board.add("node", "node", "", services->now())->state = actor_state::running;
  services->board.add("shards", "supervisor", "node", services->now())->state = actor_state::running;
  services->board.add("clients", "supervisor", "node", services->now())->state = actor_state::running;
  services->where.update([&](auto& handles) { handles.root = node_supervisor_actor{self}; });
  budget_ = std::make_unique<restart_budget>(restart_policy{});
  services->health.backlog = services->store->stats().pending;
  count_held();
  for (auto what : {role::writer, role::reader, role::history, role::broadcaster, role::dead_letters, role::operations,
                    role::inspector})
    start(what);
  for (std::uint32_t i = 0; i < services->options.shard_count; ++i)
    start(role::shard, i);
  start(role::router);
  start(role::ingest);
  start(role::retention);
  start(role::verifier);
  start(role::backup);
  start(role::timer);
  services->health.pulse_us = services->health.answered_us = services->now_us();
  services->health.recovered = true;
  self->send(services->where.get()->reader, find_unfinished{});
  sweep();
}

/// Before anything runs: afterwards the counts follow each write.
void node_supervisor_state::count_held() {
  constexpr std::size_t at_once = 1'000;
  services->held.begin(services->options.job_max_held);
  for (job_id after;;) {
    const auto page = services->store->pending_amounts(after, at_once);
    if (!page) {
      // The node goes on: limits of jobs are then too generous until they have caught up.
      log::error("store.read_failed", {{log::key::detail, page.error().detail}});
      return;
    }
    services->held.with([&](job_holdings& held) {
      for (const auto& amount : *page)
        held.add(amount.job, {amount.events, amount.bytes});
    });
    if (page->size() < at_once)
      return;
    after = page->back().job;
  }
}

void node_supervisor_state::child_down(const caf::down_msg& msg) {
  WEIR_FAILPOINT("supervisor_message");
  if (auto client = clients_.find(msg.source); client != clients_.end()) {
    auto outlet = client->second.lock();
    clients_.erase(client);
    if (outlet && msg.reason)
      outlet->hang_up(close_and_return, "the subscription failed, please reconnect");
    return;
  }
  auto found = children_.find(msg.source);
  if (found == children_.end())
    return;
  auto which = std::move(found->second);
  children_.erase(found);
  if (which.what == role::shard)
    --shards_alive_;
  if (draining_) {
    if (shards_alive_ == 0)
      stop_services();
    return;
  }
  restart(which);
}

void node_supervisor_state::restart(const child& which) {
  auto card = services->board.find(which.id);
  if (card)
    ++card->restarts;
  if (which.what == role::writer || !budget_->crashed(services->now())) {
    log::error("node.gives_up", {{log::key::actor, which.id}});
    services->on_fatal(exit_software, which.id + " failed and is not restarted");
    return;
  }
  (which.what == role::shard ? services->metrics->shard_restarts : services->metrics->service_restarts).add();
  log::warn("actor.restart", {{log::key::actor, which.id}});
  start(which.what, which.shard);
  auto here = services->where.get();
  switch (which.what) {
  case role::shard:
    self->send(here->router, shards_changed{});
    self->send(here->reader, find_unfinished{{}, static_cast<int>(which.shard)});
    break;
  case role::ingest:
  case role::router:
  case role::reader:
    // Events and answers that were on their way are in the log: jobs that are
    // in memory begin again, the others are woken.
    self->send(here->router, wake_jobs{});
    self->send(here->reader, find_unfinished{});
    break;
  case role::broadcaster:
  case role::history:
    hang_up_clients();
    break;
  case role::writer:
  case role::dead_letters:
  case role::operations:
  case role::inspector:
  case role::retention:
  case role::verifier:
  case role::backup:
  case role::timer:
    break;
  }
}

void node_supervisor_state::hang_up_clients() {
  for (auto& [address, client] : clients_)
    if (auto outlet = client.lock())
      outlet->hang_up(close_and_return, "the live feed was restarted, please reconnect");
}

void node_supervisor_state::adopt(const adopt_client& msg) {
  auto who = caf::actor_cast<caf::actor>(msg.subscriber);
  clients_.emplace(who.address(), msg.outlet);
  self->monitor(who);
}

void node_supervisor_state::store_is_lost(const store_failed& msg) {
  services->on_fatal(exit_software, "the store failed: " + msg.why.detail);
}

void node_supervisor_state::sweep() {
  WEIR_FAILPOINT("supervisor_message");
  services->health.pulse_us = services->now_us();
  if (auto ingest = services->where.get()->ingest)
    self->send(ingest, roll_call{});
  auto stats = services->store->stats();
  services->metrics->show(services->board);
  services->metrics->incidents.set(static_cast<double>(services->breakers.open().size()));
  if (stats.oldest_pending)
    services->metrics->registry.gauge("weir_oldest_unprocessed_event_age_seconds")
        .set(std::chrono::duration<double>(services->now() - *stats.oldest_pending).count());
  note_disk(*services, services->store->disk());
  note_stall(*services);
  services->metrics->log_bytes.set(static_cast<double>(stats.log_bytes));
  services->metrics->view_bytes.set(static_cast<double>(stats.view_bytes));
  if (auto reader = services->where.get()->history)
    self->send(reader, measure_outbox{});
  if (services->options.threads && !stopped_)
    self->delayed_send(self, std::chrono::seconds{1}, tick_sweep{});
}

void node_supervisor_state::drain() {
  if (draining_)
    return;
  draining_ = true;
  services->health.draining = true;
  for (const auto& who : services->where.get()->shards)
    self->send(who, drain_shard{});
  self->delayed_send(self, services->options.drain_timeout, tick_restart{});
}

void node_supervisor_state::give_up_waiting(const tick_restart&) {
  if (stopped_)
    return;
  log::warn("node.drain_timeout", {{log::key::count, shards_alive_}});
  for (const auto& who : services->where.get()->shards)
    send_exit_to(who, caf::exit_reason::kill);
  stop_services();
}

void node_supervisor_state::stop_services() {
  if (std::exchange(stopped_, true))
    return;
  auto here = services->where.get();
  for (auto& [address, client] : clients_)
    if (auto who = caf::actor_cast<caf::actor>(address))
      send_exit_to(who, caf::exit_reason::user_shutdown);
  const auto stop = [](const auto&... who) { (send_exit_to(who, caf::exit_reason::user_shutdown), ...); };
  // From the edge inwards; the writer last.
  stop(here->ingest, here->router, here->timer, here->verifier, here->backup, here->retention, here->inspector,
       here->operations, here->dead_letters, here->broadcaster, here->history, here->reader, here->writer);
  here.reset();
  services->where.clear();
  self->quit();
}

node_supervisor_actor::behavior_type
node_supervisor(node_supervisor_actor::stateful_pointer<node_supervisor_state> self, services_ptr services) {
  use_house_rules(self);
  self->state.services = std::move(services);
  self->set_down_handler([self](caf::down_msg& msg) { self->state.child_down(msg); });
  when_it_fails(self, [to = self->state.services](const caf::error& why) {
    to->on_fatal(exit_software, "the node supervisor failed: " + to_string(why));
  });
  self->state.start_all();
  return {
      [self](const adopt_client& msg) { self->state.adopt(msg); },
      [self](const store_failed& msg) { self->state.store_is_lost(msg); },
      [self](const drain_node&) { self->state.drain(); },
      [self](const tick_restart& msg) { self->state.give_up_waiting(msg); },
      [self](const tick_sweep&) { self->state.sweep(); },
  };
}

} // namespace weir::actors
