#pragma once

#include "actors/actor_card.hpp"
#include "actors/backup_board.hpp"
#include "actors/event_witness.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_health.hpp"
#include "actors/verification_board.hpp"
#include "domain/handler_registry.hpp"
#include "domain/restart_policy.hpp"
#include "domain/sequencer.hpp"
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

/// What an operator may change about processing.
struct node_options {
  std::string node_id = "weir";
  std::string version = "0.1.0";
  std::uint32_t shard_count = 256;
  /// Events of one job kept in memory; the rest waits in the log.
  std::size_t job_window = 256;
  /// Events in one commit of a job.
  std::size_t commit_entries = 128;
  /// Jobs of one shard in memory at once; the others wait for their turn.
  std::size_t max_active_jobs = 1'000;
  /// A job without work leaves memory after this long.
  std::chrono::milliseconds idle_passivate{600'000};
  std::chrono::milliseconds sweep{5'000};
  sequencing_options sequencing;
  restart_policy restart;
  /// Accepted and unfinished events before new ones are refused.
  std::uint64_t max_backlog = 1'000'000;
  /// Bytes on their way to the log before new ones are refused.
  std::size_t max_inflight_bytes = std::size_t{32} << 20;
  /// Events a second that one caller may send; 0: no limit.
  double caller_rate = 0;
  std::chrono::milliseconds drain_timeout{10'000};
  /// How often RETENTION asks whether history is old or large enough to go.
  std::chrono::milliseconds retention_check{10'000};
  /// Backups asked for over the network lie below this folder; "": there are none.
  std::string backup_directory;
  /// Off in deterministic tests: nothing gets a thread of its own, and no
  /// tick repeats itself.
  bool threads = true;
};

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
    inspector_actor inspector;
    retention_actor retention;
    verifier_actor verifier;
    backup_actor backup;
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
  telemetry::gauge backlog, backlog_capacity, dead_letters, parked_jobs, disk_free, disk_state, log_bytes, view_bytes;
  telemetry::counter job_restarts, shard_restarts, service_restarts, letters_replayed, frames, store_errors,
      trimmed_bytes, trim_failures;
  telemetry::counter resumed_ok, resumed_gap, resumed_epoch;
  telemetry::histogram commit_seconds, group_events, to_handled, to_broadcast;

  /// @param source bounded by the caller ("http", "websocket", "replay").
  [[nodiscard]] telemetry::counter received(const std::string& outcome) const;
  /// Looks up the series of each handler; call once, before any actor runs.
  void prepare(const handler_registry& handlers);
  /// Counts one run and its duration. Any thread.
  void ran(const attempt& run) const;
  /// Shows how many actors of each kind are in which state. Not for two
  /// threads at once.
  void show(const actor_board& board);
  [[nodiscard]] telemetry::counter letters(const std::string& error_type) const;

private:
  struct handler_series {
    telemetry::counter done, skipped, retried, dead;
    telemetry::histogram seconds;
  };
  std::map<std::string, handler_series, std::less<>> handlers_;
  std::map<std::pair<std::string, std::string>, telemetry::gauge> shown_; ///< (kind, state)
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
  std::shared_ptr<event_witness> witness; ///< null unless somebody watches
  actor_board board;
  node_health health;
  verification_board verifications;
  backup_board backups;
  directory where;

  [[nodiscard]] std::int64_t now_us() const {
    return now().time_since_epoch().count();
  }
};

using services_ptr = std::shared_ptr<node_services>;

} // namespace weir::actors
