#include "app/node_parts.hpp"

#include "app/handler_parts.hpp"
#include "domain/builtin_handlers.hpp"
#include "domain/metrics/metric_rule.hpp"
#include "domain/rules/rule.hpp"
#include "telemetry/log.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

namespace weir::app {

namespace {

std::vector<net::access_token> tokens_of(const std::vector<access_token>& configured) {
  std::vector<net::access_token> out;
  out.reserve(configured.size());
  for (const auto& token : configured)
    out.push_back({token.name, token.token});
  return out;
}

result<std::vector<metric_rule>> configured_metrics(const config& settings) {
  auto rules = json::array();
  for (const auto& metric : settings.metrics)
    rules.push_back(json::parse(metric.rule));
  return parse_metric_rules(rules);
}

} // namespace

actors::node_options processing_options(const config& settings, const node_flags& flags) {
  const auto& from = settings.processing;
  actors::node_options out;
  out.node_id = settings.node.id;
  out.job_window = from.queue_size;
  out.idle_passivate = from.job_idle_passivate;
  out.sweep = std::clamp(from.job_idle_passivate / 4, milliseconds{100}, milliseconds{5'000});
  out.sequencing.reorder_window = from.reorder_window;
  out.sequencing.reorder_wait = from.reorder_wait;
  out.sequencing.on_gap = from.on_gap == "park" ? gap_policy::park : gap_policy::gap;
  out.restart.max = static_cast<std::uint32_t>(from.restart_max);
  out.restart.within = from.restart_within;
  out.restart.backoff = from.restart_backoff;
  out.sinks.emplace(from.sinks.begin(), from.sinks.end());
  if (from.handlers_demo || flags.demo)
    out.sinks->insert("demo");
  out.breaker = {static_cast<std::uint32_t>(from.incident_jobs), from.incident_within, from.incident_probe};
  out.max_backlog = from.max_backlog;
  out.max_payload = settings.http.max_body;
  out.job_max_held = from.job_max_held;
  out.caller_rate = static_cast<double>(settings.ingest.rate);
  out.drain_timeout = settings.shutdown.drain_timeout;
  out.retention_check = settings.store.retention_check;
  out.backup_directory = settings.store.backup_directory;
  out.durability = storage_choice(settings, flags).kind == "memory" ? "memory" : settings.store.durability;
  return out;
}

net::server_options listener_options(const config& settings, std::string version) {
  net::server_options out;
  out.listen = settings.http.listen;
  out.admin_listen = settings.admin.listen;
  out.io_threads = settings.http.io_threads;
  out.http.connections = settings.http.max_connections;
  out.http.batch_body_bytes = settings.http.max_batch_body;
  out.events.max_bytes = settings.http.max_body;
  out.events.max_depth = settings.http.max_depth;
  out.events.max_batch = settings.http.max_batch;
  out.clients.message_bytes = settings.websocket.max_message;
  out.clients.ping_every = settings.websocket.ping;
  out.clients.send_budget = settings.websocket.send_budget;
  out.allowed_origins = settings.http.allowed_origins;
  out.allowed_hosts = settings.http.allowed_hosts;
  out.tokens = tokens_of(settings.http.tokens);
  out.admin_tokens = tokens_of(settings.admin.tokens);
  out.version = std::move(version);
  out.node = settings.node.id;
  return out;
}

storage::store_choice storage_choice(const config& settings, const node_flags& flags) {
  storage::store_choice out;
  out.kind = flags.ephemeral ? "memory" : settings.store.kind;
  out.embedded.directory = settings.node.data_dir;
  out.embedded.segment_bytes = settings.store.segment_size;
  out.embedded.sync = settings.store.durability == "fsync";
  out.embedded.dedupe_window = std::chrono::ceil<std::chrono::hours>(settings.store.dedupe_window);
  out.embedded.disk_floor_bytes = settings.store.disk_floor;
  out.embedded.disk_floor_percent = settings.store.disk_floor_percent;
  out.embedded.retention = {settings.store.retention_age, settings.store.retention_bytes};
  out.embedded.accept_data_loss = flags.accept_data_loss;
  return out;
}

retry_policy configured_retry(const config& settings) {
  const auto& from = settings.processing;
  retry_policy out;
  out.max_attempts = static_cast<std::uint32_t>(from.max_attempts);
  out.base = from.retry_base;
  out.factor = from.retry_factor;
  out.max = from.retry_max;
  return out;
}

result<std::shared_ptr<handler_registry>> make_registry(const config& settings, const node_flags& flags,
                                                        const std::vector<own_handler>& own) {
  auto out = std::make_shared<handler_registry>();
  if (settings.processing.unknown_types == "dead_letter")
    out->set_unknown(unknown_policy::dead_letter);
  auto policy = configured_retry(settings);
  const run_limits limits{settings.processing.soft_timeout, settings.processing.hard_timeout};
  const auto metrics = configured_metrics(settings);
  if (!metrics)
    return metrics.error();
  if (auto added = register_builtin_handlers(*out, policy, limits, flags.demo, *metrics); !added)
    return added.error();
  for (const auto& brought : own) {
    auto entry = brought.entry;
    if (brought.uses_configured_retry)
      entry.retry = policy;
    entry.limits = limits;
    if (auto added = out->add(std::move(entry)); !added)
      return added.error();
  }
  if (auto configured = configure_handlers(*out, settings, {policy, wall_clock, make_rule_entry}); !configured)
    return configured.error();
  return out;
}

std::unique_ptr<actors::worker_pool>
start_workers(const config& settings, std::shared_ptr<actors::node_metrics> metrics, handler_registry& handlers) {
  const auto& entries = handlers.entries();
  const auto blocks = [](const handler_entry& entry) { return entry.kind == handler_kind::worker; };
  if (std::none_of(entries.begin(), entries.end(), blocks))
    return nullptr;
  actors::worker_pool::options opts;
  opts.workers = settings.processing.num_workers;
  opts.tell.slow = [metrics](const std::string& handler) {
    metrics->slow_runs(handler).add();
    log::warn("handler.slow", {{log::key::handler, handler}});
  };
  opts.tell.abandoned = [metrics](const std::string& handler) {
    metrics->abandoned_runs(handler).add();
    log::error("handler.abandoned", {{log::key::handler, handler}});
  };
  opts.tell.stuck = [metrics, most = opts.most_stuck](std::size_t stuck) {
    metrics->stuck_threads.set(static_cast<double>(stuck));
    if (stuck > most)
      log::error("handler.threads_exhausted", {{log::key::count, stuck}});
  };
  auto pool = std::make_unique<actors::worker_pool>(std::move(opts));
  handlers.run_with(handler_kind::worker, [&](const handler_entry& entry) { return pool->runner(entry.limits); });
  return pool;
}

sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  (void)std::signal(SIGPIPE, SIG_IGN);
  return set;
}

std::array<std::uint8_t, 16> random_bytes() {
  std::array<std::uint8_t, 16> out{};
  // 16 bytes are never cut short once the kernel's pool is ready.
  while (::getrandom(out.data(), out.size(), 0) != static_cast<ssize_t>(out.size()))
    continue;
  return out;
}

void configure_log(const config& settings) {
  log::options out;
  out.node = settings.node.id;
  const auto& level = settings.log.level;
  out.threshold = level == "debug"   ? log::level::debug
                  : level == "warn"  ? log::level::warn
                  : level == "error" ? log::level::error
                  : level == "off"   ? log::level::off
                                     : log::level::info;
  bool is_terminal = ::isatty(STDERR_FILENO) == 1;
  bool is_json = settings.log.format == "json" || (settings.log.format == "auto" && !is_terminal);
  out.shape = is_json ? log::format::json : log::format::text;
  log::configure(out);
}

timestamp wall_clock() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

status write_atomically(const std::filesystem::path& path, const std::string& text) {
  auto draft = path;
  draft += fmt::format(".{}.new", ::getpid());
  auto failed = [&](const char* what) {
    auto why =
        fmt::format("cannot {} {}: {}", what, draft.string(), std::strerror(errno)); // NOLINT(concurrency-mt-unsafe)
    ::unlink(draft.c_str());
    return fail(errc::bad_config, std::move(why));
  };
  int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0)
    return failed("create");
  auto written = ::write(fd, text.data(), text.size());
  // Without the sync a power cut can leave the new name with nothing in it.
  auto synced = ::fdatasync(fd) == 0;
  if (::close(fd) != 0 || !synced || written != static_cast<ssize_t>(text.size()))
    return failed("write");
  if (::rename(draft.c_str(), path.c_str()) != 0)
    return failed("rename");
  return {};
}

} // namespace weir::app
