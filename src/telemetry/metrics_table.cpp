#include "telemetry/metrics.hpp"

namespace weir::telemetry {

// A new metric is a new row here, and `weir docs metrics > docs/metrics.md`.
// Label values come from lists that the code knows; never from an event.
const std::vector<metric_row>& metric_table() { // NOLINT(readability-function-size): one row for each metric
  static const std::vector<metric_row> rows{
      // -- events
      {"weir_events_received_total", "counter", "source,outcome",
       "Events offered to the node; outcome is accepted, duplicate, rejected or throttled."},
      {"weir_events_processed_total", "counter", "handler,outcome",
       "Processing attempts that ended; outcome is ok, retry, dead or skipped."},
      {"weir_event_process_duration_seconds", "histogram", "handler", "Time that one attempt spent in the handler."},
      {"weir_handler_slow_runs_total", "counter", "handler", "Runs that passed the soft timeout."},
      {"weir_handler_abandoned_runs_total", "counter", "handler", "Runs that passed the hard timeout."},
      {"weir_worker_threads_stuck", "gauge", "", "Threads that are held by abandoned runs."},
      {"weir_incidents", "gauge", "", "Handlers that take no events because many jobs failed alike, or paused ones."},
      {"weir_event_end_to_end_seconds", "histogram", "stage",
       "Time from reception to a stage; stage is handled or broadcast."},
      {"weir_ingest_queue_depth", "gauge", "", "Events that are admitted and not yet durable."},
      {"weir_ingest_queue_capacity", "gauge", "", "Events that may wait for the log before the node answers 429."},
      {"weir_held_bytes", "gauge", "", "Payload bytes of events that are accepted and not finished, of all jobs."},
      {"weir_events_refused_by_job_total", "counter", "",
       "Events refused because their job holds as much as it may; also counted as throttled."},
      {"weir_oldest_unprocessed_event_age_seconds", "gauge", "", "Age of the oldest durable event that still waits."},
      // -- actors
      {"weir_actors", "gauge", "kind,state", "Actors alive, by kind and state."},
      {"weir_actor_restarts_total", "counter", "kind,reason", "Actors that a supervisor started again."},
      {"weir_actor_mailbox_messages", "gauge", "kind", "Messages in mailboxes, summed over the actors of a kind."},
      {"weir_jobs_parked", "gauge", "", "Jobs that crashed too often and wait for an operator."},
      // -- dead letters
      {"weir_dead_letters", "gauge", "", "Dead letters that are neither replayed nor discarded."},
      {"weir_dead_letters_total", "counter", "error_type", "Events that became dead letters, by problem code."},
      {"weir_dead_letters_replayed_total", "counter", "", "Dead letters that were sent again."},
      // -- clients
      {"weir_clients", "gauge", "transport", "Connected subscribers; transport is ws or sse."},
      {"weir_broadcast_frames_total", "counter", "", "Event frames handed to subscribers."},
      {"weir_client_resumes_total", "counter", "outcome",
       "Subscriptions that named a position; outcome is recovered, gap or epoch_changed."},
      {"weir_client_disconnects_total", "counter", "code", "Connections closed by the server, by close code."},
      // -- store
      {"weir_store_commit_duration_seconds", "histogram", "",
       "Time of one group commit, the sync of the disk included."},
      {"weir_store_group_events", "histogram", "", "Events and timers in one group commit."},
      {"weir_store_bytes", "gauge", "kind", "Bytes on disk; kind is log or view."},
      {"weir_store_disk_free_bytes", "gauge", "", "Bytes free on the file system of the data folder."},
      {"weir_store_disk_state", "gauge", "",
       "0: there is room. 1: below the floor, no events are taken. 2: nothing is written."},
      {"weir_store_write_errors_total", "counter", "", "Writes that the store refused or failed."},
      {"weir_store_trimmed_bytes_total", "counter", "", "Bytes of the log that retention dropped."},
      {"weir_store_trim_failures_total", "counter", "", "Turns of retention that failed; the next one tries again."},
      {"weir_store_verifications_total", "counter", "outcome",
       "Verifications of the running store; outcome is clean, damaged or failed."},
      {"weir_store_findings", "gauge", "", "What the last verification found wrong."},
      {"weir_timers_pending", "gauge", "", "Timers of handlers that wait for their time."},
      {"weir_timers_fired_total", "counter", "", "Timers whose event entered its job."},
      {"weir_outbox_pending", "gauge", "sink", "Committed rows that wait for their sink."},
      {"weir_outbox_oldest_age_seconds", "gauge", "sink", "Age of the oldest row that waits for its sink."},
      {"weir_store_backups_total", "counter", "outcome", "Backups of the running store; outcome is done or failed."},
      {"weir_store_last_backup_timestamp_seconds", "gauge", "",
       "When the last backup since the start was complete, as Unix time; 0: there was none."},
      // -- HTTP
      {"weir_http_requests_total", "counter", "listener,method,status_class",
       "Requests answered; status_class is 2xx, 3xx, 4xx or 5xx."},
      {"weir_http_request_duration_seconds", "histogram", "listener", "Time from the last byte read to the answer."},
      // -- the node
      {"weir_build_info", "gauge", "version,commit", "Always 1; the labels say what runs."},
      {"process_cpu_seconds_total", "counter", "", "Processor time used, user and kernel."},
      {"process_resident_memory_bytes", "gauge", "", "Memory in RAM."},
      {"process_virtual_memory_bytes", "gauge", "", "Address space in use."},
      {"process_open_fds", "gauge", "", "Open file descriptors."},
      {"process_max_fds", "gauge", "", "Limit of open file descriptors."},
      {"process_start_time_seconds", "gauge", "", "Start of the program, in seconds since 1970."},
      {"process_threads", "gauge", "", "Threads of the program."},
  };
  return rows;
}

} // namespace weir::telemetry
