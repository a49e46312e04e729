#pragma once

#include "actors/node_services.hpp"
#include "domain/processor.hpp"
#include "domain/sequencer.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace weir::actors {

struct job_state {
  static inline const char* name = "job";

  explicit job_state(job_actor::pointer actor) : self(actor) {
    // nop
  }

  /// Takes what the store knows and begins.
  void start(job_loaded& msg);
  void take_page(pending_read& msg);

  /// Takes offered events, or only notes that they exist when the window is full.
  void take(offer_events& msg);

  /// Orders, handles and commits until nothing is ready or a commit runs.
  void advance();

  void settle(job_committed& msg);
  void retry_now(const tick_retry& msg);
  void gap_now(const tick_gap& msg);
  void commit_again(const tick_commit& msg);
  void passivate();
  void stop();

  job_actor::pointer self;
  services_ptr services;
  job_id id;
  card_ptr card;
  shard_actor supervisor;

private:
  struct in_flight {
    std::shared_ptr<storage::job_commit> what;
    std::vector<settled_event> settled;
    std::uint64_t cookie = 0;
  };

  void offer(storage::pending_event& pending);
  void read_more_if_behind();
  void wait_or_rest();

  /// Puts one step into the commit. @returns false when the commit must go
  /// first (a suspect runs alone) or the job has to wait.
  bool carry_out(const sequencing_step& step);
  bool handle(const event_ptr& body);
  void include(const event_ptr& body, processed_event& done);
  void declare_gap(const sequencing_step& step);
  /// The commit moves the source's cursor as far as the steps taken.
  void pass(const std::string& source);
  void send_commit();
  void announce(in_flight& done);
  void report(const in_flight& done);
  [[nodiscard]] bool window_full() const;
  [[nodiscard]] timestamp ordering_time() const;
  [[nodiscard]] bool page_to_come() const;

  std::unique_ptr<sequencer> order_;
  std::unique_ptr<processor> handlers_;
  std::unordered_map<log_position, std::vector<attempt>> attempts_;
  std::optional<in_flight> commit_;   ///< sent, unanswered
  std::optional<in_flight> building_; ///< next one
  std::optional<sequencing_step> postponed_;
  event_ptr retrying_;
  sequence last_ = 0;
  log_position offered_to_ = 0; ///< everything pending up to here was offered
  log_position heard_of_ = 0;   ///< the store has events up to here at least
  log_position asked_at_ = 0;   ///< `heard_of_` when the running read was asked for
  bool loaded_ = false;
  bool reading_ = false;
  bool more_in_store_ = false;
  bool stopping_ = false;
  std::uint64_t token_ = 0;
  std::uint64_t retry_token_ = 0;
  std::uint64_t gap_token_ = 0;
  std::optional<timestamp> gap_timer_;
};

/// The JOB actor applies the events of one job, in order, with one set of
/// effects each.
///
/// Data path    actors/shard -> actors/job -> actors/store_writer -> actors/broadcaster
/// Owns         order, cursor and handler state of `id`; nobody else moves them.
/// Supervisor   actors/shard: restart with backoff, then parked.
/// On start     asks the STORE READER for cursor, state and pending events.
/// Quits on     an exception of a handler, a refused commit, and when idle.
/// Never        blocks, sleeps, or shows what is not committed.
job_actor::behavior_type job(job_actor::stateful_pointer<job_state> self, services_ptr services, job_id id,
                             card_ptr card, shard_actor supervisor);

} // namespace weir::actors
