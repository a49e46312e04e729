#pragma once

#include "net/client_port.hpp"
#include "net/connection_registry.hpp"
#include "net/net_metrics.hpp"
#include "net/routes.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::net {

/// How an accepted upgrade goes on.
struct websocket_plan {
  std::shared_ptr<client_protocol> protocol;
  std::string subprotocol;
  std::size_t message_bytes = 0;
};

/// What all connections of one listener share. Outlives them.
struct listener_context {
  std::string name; ///< "public" or "admin"
  route_services* services = nullptr;
  router routes;
  std::vector<access_token> tokens;
  bool loopback = true;           ///< bound to a loopback address
  bool cross_origin = false;      ///< whether pages of allowed origins may read answers
  net_metrics* metrics = nullptr; ///< may be null
  std::shared_ptr<connection_registry> connections;
  std::size_t spare_connections = 0; ///< that this listener leaves to the other
  const std::atomic<bool>* draining = nullptr;
  std::function<result<websocket_plan>(const http_request&)> websocket;
};

/// What the head of a request leads to.
struct admission {
  const route* to = nullptr; ///< null: `refused` is the answer
  http_response refused;
};

/// Finds the route and checks Host and token; sets `caller` and `parameters`.
[[nodiscard]] admission admit(const listener_context& context, http_request& head);

/// A refusal before a route was found or entered.
[[nodiscard]] http_response refusal_response(const http_request& head, const error& why);

/// Headers that let pages of an allowed origin read the answer.
[[nodiscard]] std::vector<header> cross_origin_headers(const listener_context& context, const http_request& head);

/// The protocol weir.v1.json for an upgrade.
[[nodiscard]] result<websocket_plan> plan_websocket(route_services& services, const std::vector<access_token>& tokens,
                                                    const http_request& head);

} // namespace weir::net
