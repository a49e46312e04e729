#pragma once

#include "net/live_session.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace weir::net {

/// An HTTP connection that is about to become a WebSocket.
struct websocket_upgrade {
  live_client client;
  std::string received; ///< the request as it came in, and whatever came behind it
  std::string subprotocol;
  std::size_t message_bytes = 0;
  std::chrono::milliseconds handshake{};
};

/// Accepts the handshake and runs the protocol until the connection ends.
void run_websocket(websocket_upgrade upgrade);

} // namespace weir::net
