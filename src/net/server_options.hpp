#pragma once

#include "domain/event_parser.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace weir::net {

/// What one HTTP connection may cost.
struct http_limits {
  std::size_t header_bytes = std::size_t{16} << 10; ///< request line and headers together
  std::size_t headers = 100;
  std::size_t target_bytes = std::size_t{8} << 10;
  std::size_t batch_body_bytes = std::size_t{8} << 20;
  std::chrono::milliseconds header_read{10'000}; ///< from the first byte on
  std::chrono::milliseconds body_read{30'000};
  std::chrono::milliseconds keep_alive_idle{60'000};
  std::size_t requests_per_connection = 10'000;
  std::size_t connections = 12'000;
  std::size_t connections_per_address = 200;
  bool limit_loopback = false; ///< whether loopback addresses count as one address
};

/// What one live client (WebSocket or SSE) may cost.
struct client_limits {
  std::size_t message_bytes = std::size_t{64} << 10;
  std::chrono::milliseconds handshake{10'000}; ///< upgrade, and the connect frame after it
  std::chrono::milliseconds ping_every{25'000};
  std::chrono::milliseconds dead_after{60'000};
  std::chrono::milliseconds heartbeat_every{15'000}; ///< SSE
  std::chrono::milliseconds slow_after{30'000};      ///< no progress for so long while over the budget
  std::chrono::milliseconds publish_wait{5'000};
  std::size_t subscriptions = 1'000;
  std::size_t send_budget = std::size_t{1} << 20;
  std::size_t messages_per_minute = 6'000;
};

/// A bearer token. The secret is never printed.
struct access_token {
  std::string name;
  std::string secret;
};

/// What an operator may change about the listeners.
struct server_options {
  std::string listen = "127.0.0.1:7070"; ///< port 0: any free port
  std::string admin_listen = "127.0.0.1:7071";
  std::size_t io_threads = 1;
  bool reuse_address = true;
  http_limits http;
  client_limits clients;
  event_limits events;
  std::vector<std::string> allowed_origins; ///< beside the own host; "*" allows all
  std::vector<std::string> allowed_hosts;   ///< beside the loopback names
  std::vector<access_token> tokens;         ///< public listener; empty: open
  std::vector<access_token> admin_tokens;   ///< admin listener; needed off loopback
  std::string version = "0.1.0";
  std::string node = "weir"; ///< told to clients
};

} // namespace weir::net
