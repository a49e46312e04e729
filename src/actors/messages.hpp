#pragma once

#include "actors/requests.hpp"
#include "domain/delivery.hpp"
#include "domain/event.hpp"
#include "domain/frame.hpp"
#include "domain/handler_runner.hpp"
#include "domain/result.hpp"
#include "domain/stream.hpp"
#include "storage/store.hpp"

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Every message of the node, one sentence each: who sends it, to whom, what
// for. All are node-local (they share payloads and replies by pointer), hence
// the declarations as unsafe at the end; between nodes other messages will go.
namespace weir::actors {

// -- ingest --------------------------------------------------------------------

/// Gateway or DEAD LETTER to INGEST: make these durable, then answer.
struct submit_events {
  std::shared_ptr<submission> what;
  std::shared_ptr<submit_reply> reply;
};

// -- store writer --------------------------------------------------------------

/// INGEST to STORE WRITER: append one request.
struct append_events {
  std::uint64_t cookie = 0;
  std::shared_ptr<storage::append_request> what;
  bool is_held = false;    ///< its events are counted as held by their jobs already
  bool is_awaited = false; ///< somebody waits for the ends of its events
};

/// STORE WRITER to INGEST: the answers of one group, which is durable, in the order of arrival.
struct events_appended {
  std::vector<std::pair<std::uint64_t, result<storage::append_result>>> answers;
};

/// STORE WRITER to INGEST: all new events of one group, in the order of the log. Usually they are
/// not durable yet: jobs may handle them, and whatever comes of it is durable only behind them.
struct events_written {
  std::vector<event_ptr> events;
  std::size_t appended = 0;      ///< so many came in; the others handlers and timers made
  std::uint64_t retractions = 0; ///< so many there had been, see `node_health`
};

/// JOB or SHARD to STORE WRITER: make this true.
struct commit_job {
  std::uint64_t cookie = 0;
  std::shared_ptr<storage::job_commit> what; ///< the writer's until it answers; the same then
  /// So many there had been when its job began, see `node_health`. If there are more now, its events may
  /// never have been, and others have their positions. Nothing: it is about what was read from the store.
  std::optional<std::uint64_t> retractions = {};
  std::size_t events = 1; ///< what it costs, see `make_commit`
  std::size_t bytes = 0;
};

/// STORE WRITER to the one that asked.
struct job_committed {
  std::uint64_t cookie = 0;
  job_id job;
  result<storage::commit_result> answer = error{};
};

/// DEAD LETTER or OPERATIONS to STORE WRITER: discard one letter, or put it back.
struct discard_letter {
  std::uint64_t cookie = 0;
  std::string id;
  bool undo = false;
};

/// STORE WRITER to the one that asked.
struct letter_discarded {
  std::uint64_t cookie = 0;
  std::string id;
  status answer = error{};
};

/// TIMER to STORE WRITER: let the events of these timers enter their jobs.
struct fire_timers {
  std::uint64_t cookie = 0;
  std::vector<storage::fire_request> what;
};

/// STORE WRITER to TIMER, once the events are durable and on their way to the ROUTER.
struct timers_fired {
  std::uint64_t cookie = 0;
  std::vector<result<event_ptr>> answers;
};

/// STORE WRITER to TIMER: commits have set timers, the first one due then.
struct timers_set {
  timestamp due{};
};

/// STORE WRITER to NODE SUPERVISOR: the store fails for good; exit.
struct store_failed {
  error why;
};

// -- store reader --------------------------------------------------------------

/// Events that a job was started for, as its SHARD was told of them: ascending.
struct first_events {
  std::vector<event_ptr> events;
  std::uint64_t retractions = 0; ///< of the node, when they were handed out
};

/// JOB to STORE READER: everything needed to start.
struct load_job {
  job_id job;
  std::size_t limit = 0;
  first_events first;
};

/// STORE READER to JOB.
struct job_loaded {
  result<storage::job_start> start = error{};
  frame_ptr newest; ///< of the stream; null when it is empty
};

/// JOB to STORE READER: the next pending events behind `after`.
struct read_pending {
  job_id job;
  log_position after = 0;
  std::size_t limit = 0;
};

/// STORE READER to JOB.
struct pending_read {
  result<storage::pending_page> page = error{};
};

/// SUBSCRIBER to STORE READER: a history page.
struct read_stream {
  std::uint32_t sub = 0;
  std::uint64_t cookie = 0;
  job_id job;
  sequence after = 0;
};

/// STORE READER to SUBSCRIBER; frames are encoded already.
struct stream_read {
  std::uint32_t sub = 0;
  std::uint64_t cookie = 0;
  status outcome;
  std::vector<frame_ptr> frames;
  sequence last_seq = 0;
  sequence first_seq = 1;
  state_snapshot state; ///< when what was asked for is partly gone
};

/// NODE SUPERVISOR or STORE WRITER to STORE READER: name jobs with unfinished work to the
/// ROUTER, page by page; `shard` < 0 means all shards.
struct find_unfinished {
  job_id after;
  int shard = -1;
};

/// NODE SUPERVISOR to STORE READER: show what waits for sinks and for its time.
struct measure_outbox {};

// -- questions -----------------------------------------------------------------

/// Gateway to STORE READER, INSPECTOR, DEAD LETTER or ROUTER: see README.md.
struct ask_node {
  std::shared_ptr<const question> what;
  std::shared_ptr<ask_reply> reply;
};

// -- router, shards, jobs --------------------------------------------------------

/// INGEST to ROUTER, ROUTER to SHARD: these are in the log and want processing. In its order: a job
/// takes nothing that lies in front of what it has taken.
struct events_accepted {
  std::vector<event_ptr> events;
  std::uint64_t retractions = 0; ///< see `events_written`
};

/// STORE READER to ROUTER, ROUTER to SHARD: these jobs have unfinished work.
/// NODE SUPERVISOR to ROUTER, STORE WRITER to INGEST to ROUTER, ROUTER to SHARD, without names: events or
/// answers were lost on their way, or events have never been; all jobs in memory begin again from the store.
struct wake_jobs {
  std::vector<job_id> jobs;
};

/// NODE SUPERVISOR to ROUTER: where the shards are now.
struct shards_changed {};

/// SHARD to JOB: events of the log, in its order.
struct offer_events {
  std::vector<event_ptr> events;
};

/// SHARD to JOB: the store has events that were not offered.
struct look_again {};

/// The board of turns to JOB: the turn that it waited for has come.
struct take_turn {};

/// SHARD to JOB: leave memory if there is nothing to do.
struct passivate_job {};

/// SHARD to JOB: leave memory after the commit in flight, whatever waits.
struct stop_job {
  bool is_misled = false; ///< events that it knows may not exist: a commit that waits for room is given up
};

/// JOB to SHARD: an operator or a supervisor holds this job; the actor leaves.
struct job_held {
  job_id job;
  job_mode mode = job_mode::active;
};

/// NODE SUPERVISOR to SHARD: stop all jobs, then quit.
struct drain_shard {};

// -- live ------------------------------------------------------------------------

/// What became of one accepted event.
struct settled_event {
  log_position position = 0;
  sequence seq = 0;
  std::string status; ///< "processed", "dead", "duplicate"
};

/// JOB to BROADCASTER: committed entries, dense and ascending; what nobody waits for is left out.
struct frames_committed {
  job_id job;
  std::vector<frame_ptr> frames;
  std::vector<settled_event> settled;
};

/// INGEST to BROADCASTER: answer when all of these are settled, or late.
struct await_events {
  std::vector<log_position> positions; ///< 0 where there is nothing to wait for
  std::shared_ptr<submission_answer> partial;
  std::chrono::milliseconds wait{0};
  std::shared_ptr<submit_reply> reply;
  std::shared_ptr<const void> seat; ///< of the board of those who listen
};

/// SUBSCRIBER to BROADCASTER: from now on tell me this job's frames.
struct join_job {
  job_id job;
  std::uint32_t sub = 0;
};

/// BROADCASTER to SUBSCRIBER: whatever commits from now on will be told.
struct job_joined {
  std::uint32_t sub = 0;
};

/// SUBSCRIBER to BROADCASTER.
struct leave_job {
  job_id job;
  std::uint32_t sub = 0;
};

/// BROADCASTER to SUBSCRIBER.
struct live_frames {
  job_id job;
  frame_batch_ptr frames;
};

/// Gateway to SUBSCRIBER, for its client.
struct client_subscribe {
  subscription_request what;
};
struct client_unsubscribe {
  std::uint32_t sub = 0;
};
struct client_acknowledge {
  std::uint32_t sub = 0;
  sequence seq = 0;
};
struct client_writable {};
struct client_gone {};

/// Gateway to NODE SUPERVISOR: a connection has a SUBSCRIBER; watch over it.
struct adopt_client {
  caf::strong_actor_ptr subscriber;
  std::weak_ptr<client_outlet> outlet;
};

// -- dead letters ------------------------------------------------------------------

/// JOB to DEAD LETTER: these are in custody since the commit.
struct letters_committed {
  std::vector<dead_letter> letters;
};

/// SHARD to DEAD LETTER: a job was parked or came back.
struct job_mode_changed {
  job_id job;
  job_mode mode = job_mode::active;
  std::string reason;
};

/// INGEST, or OPERATIONS itself, to OPERATIONS: what became of one turn of a bulk replay.
struct letter_handled {
  std::string operation;
  std::size_t turn = 0;
  status answer = error{};
  std::chrono::milliseconds retry_after{0};
};

struct tick_operation {
  std::string operation;
};
struct tick_letter {
  std::string operation;
  std::size_t turn = 0;
};

// -- supervision and time ------------------------------------------------------------

/// INSPECTOR to VERIFIER: one waits on the board of verifications.
struct begin_verification {};

/// INSPECTOR to BACKUP: one waits on the board of backups.
struct begin_backup {};

/// NODE SUPERVISOR to INGEST, INGEST to ROUTER, who notes that both answer.
struct roll_call {};

/// App to NODE SUPERVISOR: stop taking work, finish what runs, quit.
struct drain_node {};

struct tick_restart {
  std::string name;
  std::uint64_t token = 0;
};
/// A handler's runner to JOB: what became of the run it was asked for.
struct handler_answered {
  std::uint64_t token = 0;
  handler_answer answer;
};

struct tick_held {
  std::uint64_t token = 0;
};
struct tick_retry {
  std::uint64_t token = 0;
};
struct tick_gap {
  std::uint64_t token = 0;
};
struct tick_commit {
  std::uint64_t token = 0;
};
struct tick_sweep {};
struct tick_sync {};
struct tick_timers {
  std::uint64_t token = 0;
};
struct tick_deadline {
  std::uint64_t token = 0;
};

} // namespace weir::actors

#define WEIR_NODE_LOCAL(name) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(weir::actors::name)
WEIR_NODE_LOCAL(submit_events)
WEIR_NODE_LOCAL(append_events)
WEIR_NODE_LOCAL(events_appended)
WEIR_NODE_LOCAL(events_written)
WEIR_NODE_LOCAL(commit_job)
WEIR_NODE_LOCAL(tick_sync)
WEIR_NODE_LOCAL(job_committed)
WEIR_NODE_LOCAL(discard_letter)
WEIR_NODE_LOCAL(letter_discarded)
WEIR_NODE_LOCAL(store_failed)
WEIR_NODE_LOCAL(fire_timers)
WEIR_NODE_LOCAL(timers_fired)
WEIR_NODE_LOCAL(timers_set)
WEIR_NODE_LOCAL(measure_outbox)
WEIR_NODE_LOCAL(tick_timers)
WEIR_NODE_LOCAL(load_job)
WEIR_NODE_LOCAL(job_loaded)
WEIR_NODE_LOCAL(read_pending)
WEIR_NODE_LOCAL(pending_read)
WEIR_NODE_LOCAL(read_stream)
WEIR_NODE_LOCAL(stream_read)
WEIR_NODE_LOCAL(find_unfinished)
WEIR_NODE_LOCAL(ask_node)
WEIR_NODE_LOCAL(events_accepted)
WEIR_NODE_LOCAL(wake_jobs)
WEIR_NODE_LOCAL(shards_changed)
WEIR_NODE_LOCAL(offer_events)
WEIR_NODE_LOCAL(look_again)
WEIR_NODE_LOCAL(take_turn)
WEIR_NODE_LOCAL(passivate_job)
WEIR_NODE_LOCAL(stop_job)
WEIR_NODE_LOCAL(job_held)
WEIR_NODE_LOCAL(drain_shard)
WEIR_NODE_LOCAL(frames_committed)
WEIR_NODE_LOCAL(await_events)
WEIR_NODE_LOCAL(join_job)
WEIR_NODE_LOCAL(job_joined)
WEIR_NODE_LOCAL(leave_job)
WEIR_NODE_LOCAL(live_frames)
WEIR_NODE_LOCAL(client_subscribe)
WEIR_NODE_LOCAL(client_unsubscribe)
WEIR_NODE_LOCAL(client_acknowledge)
WEIR_NODE_LOCAL(client_writable)
WEIR_NODE_LOCAL(client_gone)
WEIR_NODE_LOCAL(adopt_client)
WEIR_NODE_LOCAL(letters_committed)
WEIR_NODE_LOCAL(job_mode_changed)
WEIR_NODE_LOCAL(letter_handled)
WEIR_NODE_LOCAL(tick_operation)
WEIR_NODE_LOCAL(tick_letter)
WEIR_NODE_LOCAL(begin_verification)
WEIR_NODE_LOCAL(begin_backup)
WEIR_NODE_LOCAL(roll_call)
WEIR_NODE_LOCAL(drain_node)
WEIR_NODE_LOCAL(tick_restart)
WEIR_NODE_LOCAL(handler_answered)
WEIR_NODE_LOCAL(tick_held)
WEIR_NODE_LOCAL(tick_retry)
WEIR_NODE_LOCAL(tick_gap)
WEIR_NODE_LOCAL(tick_commit)
WEIR_NODE_LOCAL(tick_sweep)
WEIR_NODE_LOCAL(tick_deadline)
#undef WEIR_NODE_LOCAL
