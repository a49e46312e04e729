#pragma once

#include "net/gateway.hpp"
#include "net/http_message.hpp"
#include "net/parser_pool.hpp"
#include "net/router.hpp"
#include "net/server_options.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace weir::net {

/// What the routes of both listeners stand on. Outlives all connections.
struct route_services {
  server_options options;
  gateway* door = nullptr;
  parser_pool parsers;
  std::function<std::string()> render_metrics;
  std::function<void(std::size_t)> count_rejected = [](std::size_t) {}; ///< events that the gate refused
  std::function<timestamp()> now;
  /// Runs what would hold up the connections of a thread for milliseconds.
  std::function<void(std::function<void()>)> run_apart = [](const std::function<void()>& work) { work(); };
  std::atomic<bool> started{false}; ///< ready at least once

  route_services(server_options opts, gateway& node) : options(std::move(opts)), door(&node), parsers(options.events) {
    // nop
  }
};

/// /livez /readyz /startupz /healthz /health /version
void add_health_routes(router& to, route_services& services);

/// POST and OPTIONS /api/v1/events
void add_ingest_routes(router& to, route_services& services);

/// The reads of the public listener, /api/v1/stream and /api/v1/ws.
void add_public_routes(router& to, route_services& services);

/// /metrics and /admin/api/v1
void add_admin_routes(router& to, route_services& services);

/// Asks the node and turns the answer into a response. `wanted` are the
/// query parameters that are passed on.
void ask_node(route_services& services, const http_request& request, question what,
              const std::vector<std::string>& wanted, respond reply);

/// The request's target with another cursor, for Link: rel="next".
[[nodiscard]] std::string next_target(const http_request& request, std::string_view cursor_name,
                                      std::string_view cursor);

} // namespace weir::net
