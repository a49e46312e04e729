#include "net/server.hpp"

#include "net/listener.hpp"
#include "net/ws_connection.hpp"
#include "telemetry/log.hpp"
#include "telemetry/thread_priority.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace weir::net {

namespace {

namespace asio = boost::asio;

/// Places that callers cannot take: who looks after a flooded node comes in.
constexpr std::size_t for_operators = 16;

connection_registry::limits registry_limits(const http_limits& limits) {
  return {limits.connections, limits.connections_per_address, limits.limit_loopback};
}

} // namespace

/// Everything that connections point into. Connections share its ownership,
/// so that a late reply of the node finds it.
struct server::core {
  core(server_options options, gateway& door, telemetry::metrics_registry& registry)
      : services(std::move(options), door), metrics(registry),
        connections(std::make_shared<connection_registry>(registry_limits(services.options.http))) {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, services.options.io_threads); ++i)
      loops.push_back(std::make_unique<io_loop>());
    asio::post(apart, stand_back);
    services.render_metrics = [&registry] { return registry.render(); };
    services.count_rejected = [this](std::size_t events) { metrics.rejected(events); };
    services.run_apart = [this](std::function<void()> work) { asio::post(apart, std::move(work)); };
    services.now = [] { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  }

  void prepare(listener_context& context, std::string name, const listener& at, std::vector<access_token> tokens) {
    context.name = std::move(name);
    context.services = &services;
    context.tokens = std::move(tokens);
    context.loopback = at.on_loopback();
    context.metrics = &metrics;
    context.connections = connections;
    context.draining = &draining;
    context.websocket = [this, &context](const http_request& head) {
      return plan_websocket(services, context.tokens, head);
    };
    add_health_routes(context.routes, services);
  }

  route_services services;
  net_metrics metrics;
  std::atomic<bool> draining{false};
  io_loops loops;
  listener_context public_context;
  listener_context admin_context;
  std::shared_ptr<connection_registry> connections;
  std::shared_ptr<listener> public_listener;
  std::shared_ptr<listener> admin_listener;
  server_endpoints endpoints;
  asio::thread_pool apart{1}; ///< reads large requests
  bool stopped = false;
};

server::server(std::shared_ptr<core> impl) : core_(std::move(impl)) {
  // nop
}

server::~server() {
  stop();
}

result<std::unique_ptr<server>> server::start(server_options options, gateway& door,
                                              telemetry::metrics_registry& metrics) {
  auto impl = std::make_shared<core>(std::move(options), door, metrics);
  const auto& opts = impl->services.options;
  auto open_to = [&](const std::string& address) { return listener::open(impl->loops, address, opts.reuse_address); };
  auto admin = open_to(opts.admin_listen);
  if (!admin)
    return admin.error();
  if (!(*admin)->on_loopback() && opts.admin_tokens.empty())
    return fail(errc::bad_config,
                fmt::format("the admin listener {} can be reached from other machines but has no tokens: "
                            "set an admin token or listen on 127.0.0.1",
                            opts.admin_listen));
  auto open = open_to(opts.listen);
  if (!open)
    return open.error();
  impl->public_listener = *open;
  impl->admin_listener = *admin;
  impl->endpoints = {impl->public_listener->endpoint(), impl->admin_listener->endpoint()};
  impl->prepare(impl->public_context, "public", *impl->public_listener, opts.tokens);
  impl->public_context.cross_origin = true;
  impl->public_context.spare_connections = std::min(for_operators, opts.http.connections / 8);
  add_ingest_routes(impl->public_context.routes, impl->services);
  add_public_routes(impl->public_context.routes, impl->services);
  impl->prepare(impl->admin_context, "admin", *impl->admin_listener, opts.admin_tokens);
  add_admin_routes(impl->admin_context.routes, impl->services);
  impl->public_listener->start({impl, &impl->public_context});
  impl->admin_listener->start({impl, &impl->admin_context});
  for (auto& loop : impl->loops)
    loop->start();
  return std::unique_ptr<server>{new server{std::move(impl)}};
}

const server_endpoints& server::endpoints() const noexcept {
  return core_->endpoints;
}

void server::drain(std::chrono::milliseconds within) {
  core_->draining = true;
  // The admin listener stays: probes and operators want to see the drain.
  core_->public_listener->stop();
  std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::chrono::milliseconds::rep> spread{0, std::max<long>(1, within.count())};
  auto all = core_->connections->all();
  log::info("server.drain", {{log::key::count, all.size()}});
  for (const auto& one : all)
    one->drain(std::chrono::milliseconds{spread(random)});
  core_->connections->wait_until_empty(within);
}

void server::stop() {
  if (std::exchange(core_->stopped, true))
    return;
  core_->draining = true;
  core_->public_listener->stop();
  core_->admin_listener->stop();
  for (const auto& one : core_->connections->all())
    one->stop();
  core_->connections->wait_until_empty(std::chrono::milliseconds{500});
  for (auto& loop : core_->loops)
    loop->stop();
  core_->apart.stop();
  core_->apart.join();
  for (auto& loop : core_->loops)
    loop->run_rest();
}

} // namespace weir::net
