#pragma once

#include "actors/node_services.hpp"
#include "actors/turn_board.hpp"
#include "domain/processor.hpp"
#include "domain/sequencer.hpp"

#include <caf/stateful_actor.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
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
  void try_held(const tick_held& msg);
  void take_answer(handler_answered& msg);
  void commit_again(const tick_commit& msg);
  void passivate();
  void stop(const stop_job& msg);

  /// Asks for the memory that it is going to touch: for what it points to, and a little later for what that points to.
  /// While it does not run.
  void bring_parts_near() const;
  void bring_rest_near() const;

  job_actor::pointer self;
  services_ptr services;
  job_id id;
  card_ptr card;
  shard_actor supervisor;
  std::shared_ptr<turn_board> turns;

private:
  struct in_flight {
    std::shared_ptr<storage::job_commit> what;
    std::vector<settled_event> settled;
    std::uint64_t cookie = 0;
  };

  void offer(storage::pending_event& pending);
  void make_steps();
  void read_more_if_behind();
  void wait_or_rest();

  /// Puts one step into the commit. @returns false when the commit must go
  /// first (a suspect runs alone) or the job has to wait.
  bool carry_out(const sequencing_step& step);
  bool handle(const event_ptr& body);
  bool go_on(const event_ptr& body, const std::function<processed_event()>& step);
  [[nodiscard]] bool waits_for_incident(const event_ptr& body, std::size_t handler, const breaker_failure& why);
  void note_failure(const event_ptr& body, processed_event& done);
  void call_away(const event_ptr& body, processed_event& done);
  bool resume();
  void include(const event_ptr& body, processed_event& done);
  void declare_gap(const sequencing_step& step);
  /// The commit moves the source's cursor as far as the steps taken.
  void pass(const std::string& source);
  [[nodiscard]] bool keeps_rows_of(const std::string& sink) const;
  void send_commit();
  bool begin_turn();
  void end_turn();
  void pay_for(const sequencing_step& step);
  [[nodiscard]] event_priority rank() const;
  void count_held(const accepted_event& body, int change);
  void note_waiting(const accepted_event& body);
  void announce(in_flight& done);
  void report(const in_flight& done);
  [[nodiscard]] bool window_full() const;
  [[nodiscard]] timestamp ordering_time() const;
  [[nodiscard]] bool page_to_come() const;
  [[nodiscard]] bool is_ready() const;

  std::unique_ptr<sequencer> order_;
  std::unique_ptr<processor> handlers_;
  std::unordered_map<log_position, std::vector<attempt>> attempts_;
  std::optional<in_flight> commit_;   ///< sent, unanswered
  std::optional<in_flight> building_; ///< next one
  std::optional<sequencing_step> postponed_;
  event_ptr retrying_;
  event_ptr under_way_; ///< between two steps of its run
  std::optional<handler_answer> answer_;
  bool may_proceed_ = false;
  sequence last_ = 0;
  log_position offered_to_ = 0; ///< everything pending up to here was offered
  log_position heard_of_ = 0;   ///< the store has events up to here at least
  log_position asked_at_ = 0;   ///< `heard_of_` when the running read was asked for
  bool loaded_ = false;
  bool reading_ = false;
  bool more_in_store_ = false;
  bool stopping_ = false;
  bool is_misled_ = false;      ///< see `stop_job`
  bool waits_for_room_ = false; ///< `commit_` met a full disk and is sent again later
  std::uint32_t allowance_ = 0; ///< of the turn, 0 without one
  std::uint32_t spent_ = 0;     ///< of it
  std::array<std::int64_t, 3> held_by_rank_{};
  std::uint64_t token_ = 0;
  std::uint64_t retry_token_ = 0;
  std::uint64_t run_token_ = 0;
  std::uint64_t gap_token_ = 0;
  std::optional<timestamp> gap_timer_;
};

/// The JOB actor applies the events of one job, in order, with one set of
/// effects each.
///
/// Data path    actors/shard -> actors/job -> actors/store_writer -> actors/broadcaster
/// Owns         order, cursor and handler state of `id` while it is active; DEAD LETTER skips for a held job.
/// Supervisor   actors/shard: restart with backoff, then parked.
/// On start     asks the STORE READER for cursor, state and pending events.
/// Quits on     an exception of a handler, a refused commit, and when idle.
/// Never        blocks, sleeps, or shows what is not committed.
job_actor::behavior_type job(job_actor::stateful_pointer<job_state> self, services_ptr services, job_id id,
                             card_ptr card, shard_actor supervisor, std::shared_ptr<turn_board> turns,
                             first_events first);

} // namespace weir::actors
