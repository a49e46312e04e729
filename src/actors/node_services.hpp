#pragma once

#include "actors/actor_card.hpp"
#include "actors/audience_board.hpp"
#include "actors/breaker_board.hpp"
#include "actors/event_witness.hpp"
#include "actors/held_board.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_health.hpp"
#include "actors/node_options.hpp"
#include "actors/operation_board.hpp"
#include "actors/store_task_board.hpp"
#include "domain/handler_registry.hpp"
#include "storage/store.hpp"
#include "telemetry/metrics.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::actors {

/// Where the singletons are now. A handle may go stale at any time: ask again
/// for each message. Any thread.
class directory {
public:
  struct handles {
    store_writer_actor writer;
    store_reader_actor reader;  ///< for jobs
    store_reader_actor history; ///< for clients and operators
    ingest_actor ingest;
    router_actor router;
    broadcaster_actor broadcaster;
    dead_letter_actor dead_letters;
    operations_actor operations;
    inspector_actor inspector;
    retention_actor retention;
    verifier_actor verifier;
    backup_actor backup;
    timer_actor timer;
    node_supervisor_actor root;
    std::vector<shard_actor> shards;
  };

  [[nodiscard]] std::shared_ptr<const handles> get() const;
  /// Changes handles under the lock.
  void update(const std::function<void(handles&)>& change);
  /// Forgets all handles, so that the actor system can end.
  void clear();

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const handles> handles_ = std::make_shared<const handles>();
};

/// The series of the node, looked up once.
struct node_metrics {
  explicit node_metrics(telemetry::metrics_registry& registry);

  telemetry::metrics_registry& registry;
  telemetry::gauge held_bytes, incidents, stuck_threads;
  telemetry::gauge backlog, backlog_capacity, dead_letters, parked_jobs, disk_free, disk_state, log_bytes, view_bytes,
      timers;
  telemetry::counter job_restarts, shard_restarts, service_restarts, letters_replayed, frames, store_errors,
      trimmed_bytes, trim_failures, timers_fired, refused_by_job;
  telemetry::counter resumed_ok, resumed_gap, resumed_epoch;
  telemetry::histogram commit_seconds, group_events, to_handled, to_broadcast;

  /// @param source bounded by the caller ("http", "websocket", "replay").
  [[nodiscard]] telemetry::counter received(const std::string& outcome) const;
  /// Looks up the series of each handler; call once, before any actor runs.
  void prepare(const handler_registry& handlers);
  /// Counts one run and its duration. Any thread.
  void ran(const attempt& run) const;
  /// Shows how many actors of each kind are in which state, and how much waits
  /// for each sink. Each of the two not for two threads at once.
  void show(const actor_board& board);
  void show(const std::vector<storage::sink_backlog>& sinks, timestamp now);
  [[nodiscard]] telemetry::counter slow_runs(const std::string& handler) const;
  [[nodiscard]] telemetry::counter abandoned_runs(const std::string& handler) const;
  [[nodiscard]] telemetry::counter letters(const std::string& error_type) const;

private:
  struct handler_series {
    telemetry::counter done, skipped, retried, dead;
    telemetry::histogram seconds;
  };
  std::map<std::string, handler_series, std::less<>> handlers_;
  std::map<std::pair<std::string, std::string>, telemetry::gauge> shown_;      ///< (kind, state)
  std::map<std::string, std::pair<telemetry::gauge, telemetry::gauge>> sinks_; ///< pending, oldest
};

/// Everything that actors share; values and thread-safe objects only.
struct node_services {
  node_options options;
  std::shared_ptr<storage::store> store;
  std::shared_ptr<const handler_registry> handlers;
  std::shared_ptr<node_metrics> metrics;
  std::string incarnation; ///< part of every epoch
  std::function<timestamp()> now;
  std::function<double()> random;       ///< [0, 1)
  std::function<std::uint64_t()> ticks; ///< microseconds, only forward; may be empty
  std::function<std::string(timestamp)> new_id;
  /// Called once when the node must exit by itself. @param code exit code.
  std::function<void(int code, const std::string& why)> on_fatal;
  std::shared_ptr<event_witness> witness; ///< null unless watched
  actor_board board;
  node_health health;
  held_board held;
  audience_board audience;
  store_task_board<verification_task> verifications;
  store_task_board<backup_task> backups;
  breaker_board breakers;
  operation_board operations;
  directory where;
  [[nodiscard]] std::int64_t now_us() const {
    return now().time_since_epoch().count();
  }
};

using services_ptr = std::shared_ptr<node_services>;

} // namespace weir::actors
