#pragma once

#include "net/live_session.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace weir::net {

/// An HTTP connection that is about to become a WebSocket.
struct websocket_upgrade {
  live_client client;
  std::string key;   ///< Sec-WebSocket-Key of the request, which was checked
  std::string early; ///< what came behind the request
  std::string subprotocol;
  std::size_t message_bytes = 0;
  std::chrono::milliseconds handshake{};
};

/// Accepts the handshake and runs the protocol until the connection ends.
void run_websocket(websocket_upgrade upgrade);

} // namespace weir::net
