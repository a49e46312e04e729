#pragma once

#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace weir::actors {

struct store_writer_options {
  /// Records in one durable write at most; bounds the latency of a group.
  std::size_t max_group = 4'096;
  /// Payload bytes in one durable write at most.
  std::size_t max_group_bytes = std::size_t{8} << 20;
};

struct store_writer_state {
  static inline const char* name = "store_writer";

  explicit store_writer_state(store_writer_actor::pointer actor) : self(actor) {
    // nop
  }

  void append(append_events& msg);
  void commit(commit_job& msg);
  void discard(discard_letter& msg);

  /// Writes the group when nothing else waits or it is full.
  void flush_if_due();

  store_writer_actor::pointer self;
  services_ptr services;
  store_writer_options options;

private:
  template <class T>
  struct asked {
    caf::strong_actor_ptr by;
    std::uint64_t cookie = 0;
    T what;
  };

  void flush();
  void answer(storage::write_outcome& outcome);
  void answer_all(const error& why);
  void hand_on(result<storage::append_result>& appended, const router_actor& router) const;
  void account(const storage::write_outcome& outcome);

  std::vector<asked<std::size_t>> appends_;
  std::vector<asked<job_id>> commits_;
  std::vector<asked<std::string>> discards_;
  storage::write_batch batch_;
  std::size_t bytes_ = 0;
  bool failed_ = false;
};

/// The STORE WRITER makes durable what waits: one group, one sync, all answers.
///
/// Data path    actors/ingest, actors/job -> actors/store_writer -> storage/store
/// Owns         the write side of the store; nobody else writes.
/// Supervisor   actors/node_supervisor: never restarted, the node exits.
/// On start     holds nothing; the store was opened and recovered before.
/// Quits on     an exception, and when the node stops.
/// Never        acknowledges before the store said that it is durable.
store_writer_actor::behavior_type store_writer(store_writer_actor::stateful_pointer<store_writer_state> self,
                                               services_ptr services, store_writer_options options);

} // namespace weir::actors
