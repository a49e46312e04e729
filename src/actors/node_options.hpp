#pragma once

#include "domain/breaker.hpp"
#include "domain/restart_policy.hpp"
#include "domain/sequencer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

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
  /// Jobs of one shard that handle or commit events at once; the others wait
  /// for their turn.
  std::size_t turns_at_once = 32;
  /// Jobs of one shard in memory at once; the others wait for their turn.
  std::size_t max_active_jobs = 1'000;
  /// A job without work leaves memory after this long.
  std::chrono::milliseconds idle_passivate{600'000};
  std::chrono::milliseconds sweep{5'000};
  sequencing_options sequencing;
  restart_policy restart;
  breaker_policy breaker;
  /// Accepted and unfinished events before new ones are refused.
  std::uint64_t max_backlog = 1'000'000;
  /// What one job may hold before further events of it are refused, see `held_amount`; 0: no limit.
  std::uint64_t job_max_held = std::uint64_t{64} << 20;
  /// Bytes on their way to the log before new ones are refused.
  std::size_t max_inflight_bytes = std::size_t{32} << 20;
  /// Bytes that a payload may have after an operator patched it.
  std::size_t max_payload = std::size_t{1} << 20;
  /// Events a second that one caller may send; 0: no limit.
  double caller_rate = 0;
  std::chrono::milliseconds drain_timeout{10'000};
  /// How often RETENTION asks whether history is old or large enough to go.
  std::chrono::milliseconds retention_check{10'000};
  /// Backups asked for over the network lie below this folder; "": there are none.
  std::string backup_directory;
  /// Sinks whose rows are kept until they are delivered; rows for others are dropped. Nothing: all are kept.
  std::optional<std::set<std::string>> sinks;
  std::string durability = "fsync"; ///< of what is acknowledged: "fsync", "os" or "memory"
  /// Off in deterministic tests: nothing gets a thread of its own, and no
  /// tick repeats itself.
  bool threads = true;
};

} // namespace weir::actors
