#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

namespace weir::actors {

struct store_reader_state {
  static inline const char* name = "store_reader";

  explicit store_reader_state(store_reader_actor::pointer actor) : self(actor) {
    // nop
  }

  void load(const load_job& msg);
  void read_more(const read_pending& msg);
  void read_history(const read_stream& msg);

  /// Names one page of unfinished jobs to the ROUTER and asks itself for the
  /// next one, so that other reads are served in between.
  void find(const find_unfinished& msg);

  /// Shows what waits for sinks and timers.
  void measure();

  void answer(const ask_node& msg);

  store_reader_actor::pointer self;
  services_ptr services;

private:
  /// What the job's handlers know now; null when it cannot be read.
  [[nodiscard]] state_snapshot state_of(const job_id& job) const;
};

/// The STORE READER does blocking reads, so that pooled actors never block.
///
/// Data path    actors/job, actors/subscriber -> actors/store_reader -> storage/store
/// Owns         nothing; it can be replaced at any time.
/// Supervisor   actors/node_supervisor: restart.
/// On start     holds nothing.
/// Quits on     an exception, and when the node stops.
/// Never        writes.
store_reader_actor::behavior_type store_reader(store_reader_actor::stateful_pointer<store_reader_state> self,
                                               services_ptr services);

} // namespace weir::actors
