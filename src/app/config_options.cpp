#include "app/config_options.hpp"

#include <algorithm>
#include <array>

namespace weir::app {

namespace {

#define WEIR_OPTION(section, member) [](config& c) -> option_target { return &c.section.member; }

using enum option_kind;

constexpr auto kib = 1024.0;
constexpr auto mib = 1024.0 * kib;
constexpr auto gib = 1024.0 * mib;
constexpr auto second = 1'000.0;
constexpr auto minute = 60.0 * second;
constexpr auto day = 1'440.0 * minute;

constexpr auto table = std::to_array<option_row>({
    {"node.id", text, WEIR_OPTION(node, id), "Name of this node in answers and logs. Empty: the host name."},
    {"node.data_dir", text, WEIR_OPTION(node, data_dir), "Folder of the log and its index; one running node only."},

    {"http.listen", address, WEIR_OPTION(http, listen), "Address of the public listener: events in, streams out."},
    {"http.max_body", size, WEIR_OPTION(http, max_body), "Largest JSON text of one event.", 1 * kib, 64 * mib},
    {"http.max_batch_body", size, WEIR_OPTION(http, max_batch_body), "Largest body of a request with many events.",
     1 * kib, 256 * mib},
    {"http.max_depth", count, WEIR_OPTION(http, max_depth), "Deepest nesting of a payload.", 1, 100},
    {"http.max_batch", count, WEIR_OPTION(http, max_batch), "Most events in one request.", 1, 10'000},
    {"http.allowed_origins", origins, WEIR_OPTION(http, allowed_origins),
     "Origins of web pages that may connect, like \"https://app.example.com\". Empty: pages of this host only."},
    {"http.allowed_hosts", texts, WEIR_OPTION(http, allowed_hosts),
     "Further values of the Host header that are answered, against DNS rebinding. \"*\": any."},
    {"http.tokens",
     tokens,
     WEIR_OPTION(http, tokens),
     "Bearer tokens of callers, as { name = \"web\", token = \"${file:/etc/weir/web.token}\" }. Empty: nobody is "
     "asked.",
     0,
     0,
     {},
     true},
    {"http.max_connections", count, WEIR_OPTION(http, max_connections), "Most connections open at once.", 1, 1'000'000},
    {"http.io_threads", count, WEIR_OPTION(http, io_threads), "Threads that read and write sockets.", 1, 64},

    {"admin.listen", address, WEIR_OPTION(admin, listen),
     "Address of the admin listener: actors, jobs, dead letters, metrics. Anything but loopback needs admin.tokens."},
    {"admin.tokens",
     tokens,
     WEIR_OPTION(admin, tokens),
     "Bearer tokens of operators, written like http.tokens.",
     0,
     0,
     {},
     true},

    {"websocket.ping", duration, WEIR_OPTION(websocket, ping),
     "How often the server asks a quiet client for a sign of life.", 1 * second, 10 * minute},
    {"websocket.send_budget", size, WEIR_OPTION(websocket, send_budget),
     "Bytes waiting for one client before the server stops reading its live feed and continues from the log.", 64 * kib,
     1 * gib},
    {"websocket.max_message", size, WEIR_OPTION(websocket, max_message), "Largest frame taken from a client.", 1 * kib,
     64 * mib},

    {"store.kind", choice, WEIR_OPTION(store, kind),
     "\"embedded\": log on disk. \"memory\": nothing survives a restart.", 0, 0, "embedded|memory"},
    {"store.durability", choice, WEIR_OPTION(store, durability),
     "\"fsync\": an answered event survives a power cut. \"os\": it survives the process only.", 0, 0, "fsync|os"},
    {"store.segment_size", size, WEIR_OPTION(store, segment_size), "Size of one file of the log.", 1 * mib, 4 * gib},
    {"store.dedupe_window", duration, WEIR_OPTION(store, dedupe_window),
     "How long the id of an event and an Idempotency-Key are remembered.", 1 * minute, 3'650 * day},
    {"store.disk_floor", size, WEIR_OPTION(store, disk_floor),
     "Free disk space below which no events are taken; they are again when a quarter more is free. \"0B\": no guard."},
    {"store.disk_floor_percent", count, WEIR_OPTION(store, disk_floor_percent),
     "The same in percent of the file system; the smaller of both counts, but never less than a segment and 64 MiB.", 1,
     100},
    {"store.retention_age", duration, WEIR_OPTION(store, retention_age),
     "History older than this is dropped, in whole segments; what is unfinished or a dead letter stays. \"0s\": kept "
     "for ever.",
     0, 36'500 * day},
    {"store.retention_bytes", size, WEIR_OPTION(store, retention_bytes),
     "The oldest segments are dropped while the log is larger than this. \"0B\": no limit."},
    {"store.retention_check", duration, WEIR_OPTION(store, retention_check),
     "How often the node looks whether history may go.", 100, 1 * day},
    {"store.backup_directory", text, WEIR_OPTION(store, backup_directory),
     "Folder below which a running node may be told to write backups. Empty: nowhere."},

    {"processing.num_workers", count, WEIR_OPTION(processing, num_workers),
     "Threads that run the actors, and as many again for handlers that block.", 1, 1'024},
    {"processing.queue_size", count, WEIR_OPTION(processing, queue_size),
     "Events of one job kept in memory; the rest waits in the log.", 1, 100'000},
    {"processing.max_backlog", count, WEIR_OPTION(processing, max_backlog),
     "Events accepted and not finished, of all jobs, before callers are told 429.", 1},
    {"processing.job_max_held", size, WEIR_OPTION(processing, job_max_held),
     "Events accepted and not finished, of one job: payloads and 256 bytes for each event. Beyond it events of that "
     "job "
     "are told 429, others are not. \"0B\": no limit."},
    {"processing.job_idle_passivate", duration, WEIR_OPTION(processing, job_idle_passivate),
     "After this long without work a job's actor leaves memory; its cursor stays.", 1 * second, 365 * day},
    {"processing.max_attempts", count, WEIR_OPTION(processing, max_attempts),
     "Runs of a failing event before it becomes a dead letter.", 1, 1'000},
    {"processing.retry_base", duration, WEIR_OPTION(processing, retry_base), "Wait before the second run.", 1, 1 * day},
    {"processing.retry_factor", number, WEIR_OPTION(processing, retry_factor), "The wait grows by this with each run.",
     1, 100},
    {"processing.retry_max", duration, WEIR_OPTION(processing, retry_max), "Longest wait between two runs.", 1,
     30 * day},
    {"processing.soft_timeout", duration, WEIR_OPTION(processing, soft_timeout),
     "A handler that blocks is asked to stop after this long.", 1, 30 * day},
    {"processing.hard_timeout", duration, WEIR_OPTION(processing, hard_timeout),
     "After this long its run is abandoned and the event tried again; what it still answers is ignored.", 1, 30 * day},
    {"processing.incident_jobs", count, WEIR_OPTION(processing, incident_jobs),
     "So many jobs that fail alike within incident_within, and no fewer than half of the runs, are one incident of "
     "their "
     "handler: events wait in place, without attempts, until a probe succeeds. 0: never.",
     0, 1'000'000},
    {"processing.incident_within", duration, WEIR_OPTION(processing, incident_within), "See incident_jobs.", 1,
     1 * day},
    {"processing.incident_probe", duration, WEIR_OPTION(processing, incident_probe),
     "How often one event is let through while an incident lasts.", 8, 1 * day},
    {"processing.restart_max", count, WEIR_OPTION(processing, restart_max),
     "Crashes of one job's actor within restart_within before the job is parked.", 0, 10'000},
    {"processing.restart_within", duration, WEIR_OPTION(processing, restart_within), "See restart_max.", 1, 30 * day},
    {"processing.restart_backoff", duration, WEIR_OPTION(processing, restart_backoff),
     "Wait before a crashed job's actor starts again; doubles with each further crash.", 1, 1 * day},
    {"processing.reorder_window", count, WEIR_OPTION(processing, reorder_window),
     "Events of one source held while an earlier source number is missing.", 0, 1'000'000},
    {"processing.reorder_wait", duration, WEIR_OPTION(processing, reorder_wait),
     "How long such an event waits before the missing numbers are given up.", 0, 365 * day},
    {"processing.on_gap", choice, WEIR_OPTION(processing, on_gap),
     "What follows then. \"gap\": a record of the gap, and the job goes on. \"park\": the job waits for an operator.",
     0, 0, "gap|park"},
    {"processing.unknown_types", choice, WEIR_OPTION(processing, unknown_types),
     "What becomes of an event that no handler takes. \"pass\": it joins its job's stream and reaches clients. "
     "\"dead_letter\": it waits for an operator.",
     0, 0, "pass|dead_letter"},
    {"processing.sinks", texts, WEIR_OPTION(processing, sinks),
     "Names of the sinks whose rows are kept until they are delivered. What handlers ask of others is dropped."},
    {"processing.handlers_demo", boolean, WEIR_OPTION(processing, handlers_demo),
     "Adds the demo handlers, among them one that crashes on demand."},

    {"ingest.rate", rate, WEIR_OPTION(ingest, rate), "Events a second that one caller may send. \"0/s\": no limit."},

    {"log.level", choice, WEIR_OPTION(log, level), "The least important lines that are written.", 0, 0,
     "debug|info|warn|error|off"},
    {"log.format", choice, WEIR_OPTION(log, format), "\"auto\": text on a terminal, JSON lines otherwise.", 0, 0,
     "auto|text|json"},

    {"shutdown.drain_timeout", duration, WEIR_OPTION(shutdown, drain_timeout),
     "How long a stopping node may finish what it has begun.", 0, 1 * day},
    {"shutdown.delay", duration, WEIR_OPTION(shutdown, delay),
     "How long a stopping node reports not ready before it closes connections, for load balancers.", 0, 1 * day},
});

#undef WEIR_OPTION

} // namespace

std::span<const option_row> option_table() {
  return table;
}

const option_row* find_option(std::string_view key) {
  const auto* row = std::find_if(table.begin(), table.end(), [&](const option_row& r) { return r.key == key; });
  return row == table.end() ? nullptr : row;
}

std::vector<std::string> option_sections() {
  auto sections = std::vector<std::string>{};
  for (const auto& row : table) {
    const auto section = std::string{row.key.substr(0, row.key.find('.'))};
    if (sections.empty() || sections.back() != section)
      sections.push_back(section);
  }
  return sections;
}

std::vector<std::string> option_keys() {
  auto keys = std::vector<std::string>{};
  for (const auto& row : table)
    keys.emplace_back(row.key);
  return keys;
}

std::string environment_name(const option_row& row) {
  auto name = std::string{"WEIR_"};
  for (const auto c : row.key) {
    if (c == '.')
      name += "__";
    else
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

} // namespace weir::app
