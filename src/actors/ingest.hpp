#pragma once

#include "actors/node_services.hpp"
#include "domain/admission.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace weir::actors {

struct ingest_state {
  static inline const char* name = "ingest";

  explicit ingest_state(ingest_actor::pointer actor) : self(actor) {
    // nop
  }

  /// Counts what the store holds already.
  void restore();
  void submit(submit_events& msg);
  void route(events_written& msg);
  void wake(const wake_jobs& msg) const;
  void appended(events_appended& msg);
  void answer_roll(roll_call msg);

  ingest_actor::pointer self;
  services_ptr services;
  std::unique_ptr<admission> gate;

private:
  /// An event whose job takes no more, and its place in the request.
  struct refused_event {
    std::size_t index = 0;
    std::string id;
    job_id job;
    refusal why;
  };
  struct request {
    std::shared_ptr<submission> what;
    std::shared_ptr<submit_reply> reply;
    std::size_t bytes = 0;
    std::size_t count = 0;
    std::vector<refused_event> refused;
  };

  [[nodiscard]] std::optional<refusal> refuse(const submission& what, std::size_t bytes);
  /// Counts the events as held by their jobs, and takes out those of full jobs.
  std::vector<refused_event> make_room(submission& what, timestamp now);
  void refuse_rest(submission& what, std::vector<refused_event>& refused) const;
  void stamp(submission& what, timestamp now);
  void answer(request& asked, storage::append_result& got);
  static void insert_refused(std::vector<refused_event>& refused, submission_answer& answer,
                             std::vector<log_position>& positions);
  void publish_room();

  std::unordered_map<std::uint64_t, request> requests_;
  std::uint64_t cookie_ = 0;
  std::size_t inflight_bytes_ = 0;
  std::size_t inflight_events_ = 0;
  std::uint64_t finished_before_ = 0;
  std::uint64_t caused_before_ = 0;
};

/// INGEST admits, stamps and appends; it hands on what the log has, and answers when that is durable.
///
/// Data path    net/actor_gateway, actors/dead_letter, actors/operations -> actors/ingest -> actors/store_writer,
///              actors/router
/// Owns         the admission of events; requests between arrival and answer.
/// Supervisor   actors/node_supervisor: restart; open requests are answered
///              `timed_out`, and clients send again with the same ids.
/// On start     no request is open.
/// Quits on     an exception, and when the node stops.
/// Never        answers before the events are durable.
ingest_actor::behavior_type ingest(ingest_actor::stateful_pointer<ingest_state> self, services_ptr services);

} // namespace weir::actors
