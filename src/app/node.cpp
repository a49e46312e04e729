#include "app/node.hpp"

#include "actors/node_supervisor.hpp"
#include "app/descriptors.hpp"
#include "app/dev_journal.hpp"
#include "app/dev_output.hpp"
#include "app/endpoints_file.hpp"
#include "app/node_parts.hpp"
#include "app/random_source.hpp"
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
#include <pthread.h>
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

/// Signals are taken by `sigwait` in this thread; all others inherit the mask.
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

caf::actor_system_config system_config(const config& settings) {
  caf::actor_system_config out;
  // Work stealing scans its queue in O(n), and an actor without a limit keeps
  // its thread for itself.
  out.set("scheduler.policy", caf::atom("sharing"));
  out.set("scheduler.max-throughput", std::size_t{100});
  out.set("scheduler.max-threads", std::size_t{std::max<std::uint64_t>(settings.processing.num_workers, 2)});
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
  int open();
  void prepare(std::shared_ptr<handler_registry> handlers);
  status publish_endpoints() const;
  void greet();
  void leave();
  int stop();

  const config& settings_;
  const node_flags& flags_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  sigset_t signals_ = block_signals();
  descriptor_plan descriptors_ = plan_descriptors(raise_descriptor_limit(), settings_.http.max_connections);
  bool stopped_early_ = false; ///< before there was a store
  telemetry::metrics_registry metrics_;
  storage::opened_store storage_;
  std::shared_ptr<random_source> random_ = std::make_shared<random_source>();
  std::shared_ptr<dev_journal> journal_; ///< `weir dev` only
  actors::services_ptr services_ = std::make_shared<actors::node_services>();
  std::atomic<int> fatal_{0};
  caf::actor_system_config caf_config_ = system_config(settings_);
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<net::gateway> door_;
  std::unique_ptr<net::server> server_;
};

int running_node::open() {
  std::error_code problem;
  if (settings_.store.kind != "memory") {
    std::filesystem::create_directories(settings_.node.data_dir, problem);
    if (problem)
      return complain(exit_bad_config,
                      fail(errc::bad_config, fmt::format("cannot create the data directory {}: {}",
                                                         settings_.node.data_dir, problem.message())),
                      "try: --node.data_dir DIR");
  }
  auto choice = storage_choice(settings_, flags_);
  choice.embedded.view_files = descriptors_.view_files;
  if (::isatty(STDERR_FILENO) == 1)
    choice.embedded.progress = [](std::uint64_t done, std::uint64_t total) {
      if (total > 0)
        fmt::print(stderr, "\rrecovering {:3d} %", done * 100 / total);
      if (done == total)
        fmt::print(stderr, "\r                 \r");
    };
  auto found = open_when_there_is_room(choice, signals_);
  if (!found) {
    stopped_early_ = true;
    return 0;
  }
  auto& opened = *found;
  if (!opened) {
    bool is_damaged = opened.error().code == errc::storage_damaged;
    bool is_failing = opened.error().code == errc::storage_unavailable;
    return complain(is_failing ? exit_store_failed : exit_failed, opened.error(),
                    is_damaged ? "restore a backup, or start with --accept-data-loss to go on without what is damaged"
                               : "");
  }
  storage_ = std::move(*opened);
  return 0;
}

void running_node::prepare(std::shared_ptr<handler_registry> handlers) {
  auto& to = *services_;
  to.options = processing_options(settings_);
  to.options.version = std::string{version};
  to.store = std::shared_ptr<storage::store>{std::move(storage_.opened)};
  to.incarnation = to.store->stats().incarnation;
  to.handlers = std::move(handlers);
  to.metrics = std::make_shared<actors::node_metrics>(metrics_);
  to.metrics->prepare(*to.handlers);
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
  if (int code = open(); code != 0 || stopped_early_)
    return code;
  prepare(std::move(handlers));
  system_ = std::make_unique<caf::actor_system>(caf_config_);
  auto root = system_->spawn(actors::node_supervisor, services_);
  door_ = net::make_actor_gateway(*system_, services_);
  auto listening = listener_options(settings_, std::string{version});
  listening.http.connections = descriptors_.connections;
  auto started = net::server::start(std::move(listening), *door_, metrics_);
  if (!started) {
    caf::anon_send(root, actors::drain_node{});
    root = nullptr;
    auto code = complain(exit_bad_config, started.error(), "");
    (void)stop();
    return code;
  }
  server_ = std::move(*started);
  if (auto published = publish_endpoints(); !published)
    log::warn("node.endpoints_file", {{log::key::detail, published.error().detail}});
  greet();
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
  system_.reset();
  auto closed = services_->store->close();
  std::error_code ignored_when_gone;
  std::filesystem::remove(std::filesystem::path{settings_.node.data_dir} / endpoints_file, ignored_when_gone);
  if (!closed)
    return complain(exit_failed, closed.error(), "");
  log::info("node.stopped", {});
  return 0;
}

status running_node::publish_endpoints() const {
  if (flags_.ephemeral && !std::filesystem::exists(settings_.node.data_dir))
    return {};
  const auto& at = server_->endpoints();
  auto folder = std::filesystem::path{settings_.node.data_dir};
  if (auto pid = write_atomically(folder / "weir.pid", fmt::format("{}\n", ::getpid())); !pid)
    return pid;
  return write_atomically(folder / endpoints_file, fmt::format(R"({{"http":"http://{}","admin":"http://{}","pid":{}}})",
                                                               at.listen, at.admin, ::getpid()));
}

void running_node::greet() {
  auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began_);
  const auto& found = storage_.recovery;
  const auto& at = server_->endpoints();
  log::info("node.ready",
            {{log::key::address, at.listen}, {log::key::duration_ms, took.count()}, {log::key::count, found.events}});
  if (descriptors_.connections < settings_.http.max_connections)
    log::warn("node.descriptors", {{log::key::count, descriptors_.connections},
                                   {log::key::detail, describe(descriptors_, settings_.http.max_connections)}});
  if (!found.detail.empty())
    log::info("store.recovered", {{log::key::detail, found.detail}});
  if (!flags_.dev)
    return;
  std::vector<dev_handler> shown;
  for (const auto& entry : services_->handlers->entries())
    shown.push_back({entry.name, entry.pattern.text, entry.description});
  std::vector<std::pair<std::string, sequence>> cursors;
  if (auto page = services_->store->jobs("", 4))
    for (const auto& job : page->jobs)
      cursors.emplace_back(job.job, job.last_seq);
  std::cout << dev_banner(
      {std::string{version}, settings_.node.data_dir, flags_.ephemeral, at.listen, at.admin, shown});
  if (!found.first_run)
    std::cout << recovery_sentence({found.jobs, found.entries, found.events, cursors, took, found.lost_data}) << '\n';
  std::cout << ready_line(took) << std::endl;
  journal_->begin();
}

} // namespace

int run_node(const config& settings, const node_flags& flags, const std::vector<own_handler>& own) {
  configure_log(settings);
  auto handlers = make_registry(settings, flags, own);
  if (!handlers)
    return complain(exit_bad_config, handlers.error(), "check the handlers that this program registers");
  running_node node{settings, flags};
  return node.run(std::move(*handlers));
}

} // namespace weir::app
