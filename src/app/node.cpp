#include "app/node.hpp"

#include "actors/node_supervisor.hpp"
#include "actors/run_queue.hpp"
#include "app/descriptors.hpp"
#include "app/dev_journal.hpp"
#include "app/endpoints_file.hpp"
#include "app/node_greeting.hpp"
#include "app/node_parts.hpp"
#include "app/random_source.hpp"
#include "app/replay_display.hpp"
#include "app/store_start.hpp"
#include "app/version.hpp"
#include "domain/uuid.hpp"
#include "net/actor_gateway.hpp"
#include "net/server.hpp"
#include "telemetry/log.hpp"

#include <caf/all.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <future>
#include <iostream>
#include <unistd.h>

namespace weir::app {

namespace {

constexpr int exit_failed = 1;
constexpr int exit_store_failed = 70;
constexpr int exit_bad_config = 78;
constexpr int exit_drain_timeout = 75;

int complain(int code, const error& why, const char* next_step) {
  fmt::print(stderr, "weir: {}\n", why.detail);
  if (*next_step != '\0')
    fmt::print(stderr, "  {}\n", next_step);
  return code;
}

caf::actor_system_config system_config(const config& settings) {
  caf::actor_system_config out;
  actors::use_run_queue(out, std::max<std::uint64_t>(settings.processing.num_workers, 2));
  return out;
}

/// One node from start to stop. Members end in the reverse order.
class running_node {
public:
  running_node(const config& settings, const node_flags& flags) : settings_(settings), flags_(flags) {
    // nop
  }

  int run(std::shared_ptr<handler_registry> handlers);

private:
  [[nodiscard]] int make_folder() const;
  int listen();
  replay_outputs displays();
  int open();
  void prepare(std::shared_ptr<handler_registry> handlers);
  void publish();
  void unpublish();
  void leave();
  int stop();

  const config& settings_;
  const node_flags& flags_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  sigset_t signals_ = block_signals();
  descriptor_plan descriptors_ = plan_descriptors(raise_descriptor_limit(), settings_.http.max_connections);
  bool stopped_early_ = false; ///< before there was a store
  telemetry::metrics_registry metrics_;
  bool is_published_ = false; ///< where it listens
  storage::recovery_report recovered_;
  std::shared_ptr<random_source> random_ = std::make_shared<random_source>();
  std::shared_ptr<dev_journal> journal_; ///< `weir dev` only
  std::unique_ptr<actors::worker_pool> workers_;
  actors::services_ptr services_ = std::make_shared<actors::node_services>();
  std::atomic<int> fatal_{0};
  caf::actor_system_config caf_config_ = system_config(settings_);
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<net::gateway> door_;
  std::unique_ptr<net::server> server_;
};

int running_node::make_folder() const {
  std::error_code problem;
  if (settings_.store.kind != "memory")
    std::filesystem::create_directories(settings_.node.data_dir, problem);
  if (!problem)
    return 0;
  auto why = fmt::format("cannot create the data directory {}: {}", settings_.node.data_dir, problem.message());
  return complain(exit_bad_config, fail(errc::bad_config, std::move(why)), "try: --node.data_dir DIR");
}

int running_node::listen() {
  auto listening = listener_options(settings_, std::string{version});
  listening.http.connections = descriptors_.connections;
  auto started = net::server::start(std::move(listening), *door_, metrics_);
  // A node that is started twice is told so, and not that its address is taken.
  if (auto alone = started ? status{} : nobody_has(storage_choice(settings_, flags_)); !alone)
    return complain(exit_failed, alone.error(), "");
  if (!started)
    return complain(exit_bad_config, started.error(), "");
  server_ = std::move(*started);
  return 0;
}

replay_outputs running_node::displays() {
  replay_outputs out;
  if (::isatty(STDERR_FILENO) == 1)
    out.draw = [](const std::string& line) { fmt::print(stderr, "\r{}\r", line); };
  out.log = [](const storage::replay_progress& at) {
    log::info("store.recovering", {{log::key::percent, at.percent()},
                                   {log::key::position, at.position},
                                   {log::key::detail, at.rebuilds ? "rebuilding the view" : "replaying the log"}});
  };
  // The lock of the folder is held by now: no other node's file is overwritten.
  out.takes_long = [this] { publish(); };
  return out;
}

int running_node::open() {
  auto choice = storage_choice(settings_, flags_);
  choice.embedded.view_files = descriptors_.view_files;
  auto& health = services_->health;
  replay_display display{
      displays(),
      [] { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()); }};
  choice.embedded.progress = [&](const storage::replay_progress& at) {
    health.recovering_percent = at.percent();
    display.tell(at);
    return true;
  };
  auto found =
      open_when_there_is_room(std::move(choice), signals_, [&health] { health.disk = storage::disk_state::exhausted; });
  display.end();
  health.disk = storage::disk_state::ok;
  if (!found) {
    stopped_early_ = true;
    return 0;
  }
  auto& opened = *found;
  if (!opened) {
    const auto code = opened.error().code;
    return complain(code == errc::storage_unavailable ? exit_store_failed : exit_failed, opened.error(),
                    code == errc::storage_damaged
                        ? "restore a backup, or start with --accept-data-loss to go on without what is damaged"
                        : "");
  }
  recovered_ = std::move(opened->recovery);
  services_->store = std::shared_ptr<storage::store>{std::move(opened->opened)};
  services_->incarnation = services_->store->stats().incarnation;
  return 0;
}

void running_node::prepare(std::shared_ptr<handler_registry> handlers) {
  auto& to = *services_;
  to.options = processing_options(settings_, flags_);
  to.options.version = std::string{version};
  to.metrics = std::make_shared<actors::node_metrics>(metrics_);
  workers_ = start_workers(settings_, to.metrics, *handlers);
  to.handlers = std::move(handlers);
  to.metrics->prepare(*to.handlers);
  to.breakers.prepare(*to.handlers, to.options.breaker);
  metrics_.gauge("weir_build_info", {{"version", to.options.version}, {"commit", "unknown"}}).set(1);
  to.now = wall_clock;
  to.ticks = [] {
    auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  };
  if (flags_.dev)
    to.witness = journal_ = std::make_shared<dev_journal>(std::cout);
  to.random = [source = random_] { return source->fraction(); };
  to.new_id = [source = random_](timestamp at) { return uuid_v7(at, source->ten_bytes()); };
  to.on_fatal = [this](int code, const std::string& why) {
    int none = 0;
    if (!fatal_.compare_exchange_strong(none, code))
      return;
    log::error("node.fatal", {{log::key::detail, why}});
    ::kill(::getpid(), SIGTERM);
  };
}

int running_node::run(std::shared_ptr<handler_registry> handlers) {
  if (int code = make_folder(); code != 0)
    return code;
  prepare(std::move(handlers));
  system_ = std::make_unique<caf::actor_system>(caf_config_);
  door_ = net::make_actor_gateway(*system_, services_);
  // Before the store is open: whoever asks hears that it recovers, and how far it is.
  if (int code = listen(); code != 0)
    return code;
  if (int code = open(); code != 0 || stopped_early_) {
    unpublish();
    return code;
  }
  auto root = system_->spawn(actors::node_supervisor, services_);
  publish();
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began_);
  greet({settings_, flags_, *services_, server_->endpoints(), recovered_, descriptors_, took});
  if (flags_.dev)
    journal_->begin();
  int signal = 0;
  do {
    sigwait(&signals_, &signal);
  } while (signal == SIGHUP);
  if (fatal_ != 0) {
    // The store cannot be trusted any more: nothing that is in memory may be
    // acknowledged. What was acknowledged is in the log.
    std::_Exit(fatal_);
  }
  if (flags_.dev)
    fmt::print(stderr, "draining ...\n");
  log::info("node.draining", {});
  leave();
  services_->health.draining = true;
  server_->drain(settings_.shutdown.drain_timeout);
  caf::anon_send(root, actors::drain_node{});
  root = nullptr;
  return stop();
}

void running_node::leave() {
  // Load balancers read /readyz and stop sending; those who come meanwhile
  // are served. A second signal does not wait.
  services_->health.leaving = true;
  const auto delay = settings_.shutdown.delay;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(delay);
  const timespec wait{seconds.count(), std::chrono::nanoseconds{delay - seconds}.count()};
  while (delay.count() > 0 && sigtimedwait(&signals_, nullptr, &wait) < 0 && errno == EINTR)
    continue;
}

int running_node::stop() {
  if (server_)
    server_->stop();
  // Actors hold what they need until they end; a wedged one must not hold the
  // process: its events are in the log.
  auto ended = std::async(std::launch::async, [this] { system_->await_all_actors_done(); });
  if (ended.wait_for(settings_.shutdown.drain_timeout + std::chrono::seconds{5}) != std::future_status::ready) {
    log::error("node.stop_timeout", {});
    std::_Exit(exit_drain_timeout);
  }
  server_.reset();
  door_.reset();
  // Runs under way answer to nobody now; their events are still pending.
  if (workers_)
    workers_->stop();
  for (const auto& entry : services_->handlers->entries())
    if (entry.runner)
      entry.runner->stop();
  system_.reset();
  auto closed = services_->store->close();
  unpublish();
  if (!closed)
    return complain(exit_failed, closed.error(), "");
  log::info("node.stopped", {});
  return 0;
}

void running_node::publish() {
  const std::filesystem::path folder{settings_.node.data_dir};
  const auto has_no_folder = flags_.ephemeral && !std::filesystem::exists(folder);
  if (has_no_folder || std::exchange(is_published_, true))
    return;
  if (auto published = write_endpoints(folder, server_->endpoints()); !published)
    log::warn("node.endpoints_file", {{log::key::detail, published.error().detail}});
}

void running_node::unpublish() {
  std::error_code ignored_when_gone;
  if (std::exchange(is_published_, false))
    std::filesystem::remove(std::filesystem::path{settings_.node.data_dir} / endpoints_file, ignored_when_gone);
}

} // namespace

int run_node(const config& settings, const node_flags& flags, const std::vector<own_handler>& own) {
  configure_log(settings);
  auto handlers = make_registry(settings, flags, own);
  if (!handlers)
    return complain(exit_bad_config, handlers.error(),
                    "check the handlers that this program registers, and those of the configuration");
  running_node node{settings, flags};
  return node.run(std::move(*handlers));
}

} // namespace weir::app
