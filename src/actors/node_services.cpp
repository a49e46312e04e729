#include "actors/node_services.hpp"

namespace weir::actors {

std::shared_ptr<const directory::handles> directory::get() const {
  std::lock_guard guard{mutex_};
  return handles_;
}

void directory::update(const std::function<void(handles&)>& change) {
  std::lock_guard guard{mutex_};
  auto next = std::make_shared<handles>(*handles_);
  change(*next);
  handles_ = std::move(next);
}

void directory::clear() {
  std::lock_guard guard{mutex_};
  handles_ = std::make_shared<const handles>();
}

node_metrics::node_metrics(telemetry::metrics_registry& to)
    : registry(to), held_bytes(to.gauge("weir_held_bytes")), incidents(to.gauge("weir_incidents")),
      stuck_threads(to.gauge("weir_worker_threads_stuck")), backlog(to.gauge("weir_ingest_queue_depth")),
      backlog_capacity(to.gauge("weir_ingest_queue_capacity")), dead_letters(to.gauge("weir_dead_letters")),
      parked_jobs(to.gauge("weir_jobs_parked")), disk_free(to.gauge("weir_store_disk_free_bytes")),
      disk_state(to.gauge("weir_store_disk_state")), log_bytes(to.gauge("weir_store_bytes", {{"kind", "log"}})),
      view_bytes(to.gauge("weir_store_bytes", {{"kind", "view"}})), timers(to.gauge("weir_timers_pending")),
      job_restarts(to.counter("weir_actor_restarts_total", {{"kind", "job"}, {"reason", "crash"}})),
      shard_restarts(to.counter("weir_actor_restarts_total", {{"kind", "shard"}, {"reason", "crash"}})),
      service_restarts(to.counter("weir_actor_restarts_total", {{"kind", "service"}, {"reason", "crash"}})),
      letters_replayed(to.counter("weir_dead_letters_replayed_total")),
      frames(to.counter("weir_broadcast_frames_total")), store_errors(to.counter("weir_store_write_errors_total")),
      trimmed_bytes(to.counter("weir_store_trimmed_bytes_total")),
      trim_failures(to.counter("weir_store_trim_failures_total")), timers_fired(to.counter("weir_timers_fired_total")),
      refused_by_job(to.counter("weir_events_refused_by_job_total")),
      resumed_ok(to.counter("weir_client_resumes_total", {{"outcome", "recovered"}})),
      resumed_gap(to.counter("weir_client_resumes_total", {{"outcome", "gap"}})),
      resumed_epoch(to.counter("weir_client_resumes_total", {{"outcome", "epoch_changed"}})),
      commit_seconds(to.histogram("weir_store_commit_duration_seconds")),
      group_events(to.histogram("weir_store_group_events")),
      to_handled(to.histogram("weir_event_end_to_end_seconds", {{"stage", "handled"}})),
      to_broadcast(to.histogram("weir_event_end_to_end_seconds", {{"stage", "broadcast"}})) {
  // nop
}

telemetry::counter node_metrics::received(const std::string& outcome) const {
  return registry.counter("weir_events_received_total", {{"source", "api"}, {"outcome", outcome}});
}

void node_metrics::prepare(const handler_registry& handlers) {
  for (const auto& entry : handlers.entries()) {
    auto counter = [&](const char* outcome) {
      return registry.counter("weir_events_processed_total", {{"handler", entry.name}, {"outcome", outcome}});
    };
    auto seconds = registry.histogram("weir_event_process_duration_seconds", {{"handler", entry.name}});
    handlers_.emplace(entry.name,
                      handler_series{counter("ok"), counter("skipped"), counter("retry"), counter("dead"), seconds});
  }
}

void node_metrics::ran(const attempt& run) const {
  auto found = handlers_.find(run.handler);
  if (found == handlers_.end())
    return;
  auto series = found->second;
  auto& outcome = run.outcome == "ok"      ? series.done
                  : run.outcome == "skip"  ? series.skipped
                  : run.outcome == "retry" ? series.retried
                                           : series.dead;
  outcome.add();
  series.seconds.observe(static_cast<double>(run.duration_us) / 1e6);
}

void node_metrics::show(const actor_board& board) {
  auto now = board.tally_by_kind();
  // Every kind and state from the start: what is in use must not add series.
  for (const auto* kind : actor_kinds) {
    const auto& tally = now[kind];
    for (const auto* state : actor_state_words) {
      auto key = std::pair{std::string{kind}, std::string{state}};
      auto found = shown_.find(key);
      if (found == shown_.end())
        found = shown_.emplace(key, registry.gauge("weir_actors", {{"kind", kind}, {"state", state}})).first;
      auto count = tally.by_state.find(state);
      found->second.set(count == tally.by_state.end() ? 0.0 : static_cast<double>(count->second));
    }
    registry.gauge("weir_actor_mailbox_messages", {{"kind", kind}}).set(static_cast<double>(tally.mailbox));
  }
}

telemetry::counter node_metrics::slow_runs(const std::string& handler) const {
  return registry.counter("weir_handler_slow_runs_total", {{"handler", handler}});
}

telemetry::counter node_metrics::abandoned_runs(const std::string& handler) const {
  return registry.counter("weir_handler_abandoned_runs_total", {{"handler", handler}});
}

void node_metrics::show(const std::vector<storage::sink_backlog>& sinks, timestamp now) {
  // A sink for which nothing waits any more goes to 0.
  for (auto& [name, series] : sinks_) {
    series.first.set(0);
    series.second.set(0);
  }
  for (const auto& sink : sinks) {
    const auto make = [&](const char* metric) { return registry.gauge(metric, {{"sink", sink.sink}}); };
    auto known = sinks_.find(sink.sink);
    if (known == sinks_.end())
      known = sinks_.emplace(sink.sink, std::pair{make("weir_outbox_pending"), make("weir_outbox_oldest_age_seconds")})
                  .first;
    known->second.first.set(static_cast<double>(sink.pending));
    known->second.second.set(std::chrono::duration<double>(now - sink.oldest).count());
  }
}

telemetry::counter node_metrics::letters(const std::string& error_type) const {
  return registry.counter("weir_dead_letters_total", {{"error_type", error_type}});
}

} // namespace weir::actors
