#pragma once

#include "net/client_port.hpp"
#include "net/connection_registry.hpp"
#include "net/net_metrics.hpp"

#include <boost/beast/core/tcp_stream.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace weir::net {

/// An HTTP connection that is about to become a WebSocket.
struct websocket_upgrade {
  boost::beast::tcp_stream stream;
  std::string received; ///< the request as it came in, and whatever came behind it
  std::string subprotocol;
  std::size_t message_bytes = 0;
  std::chrono::milliseconds handshake{};
  std::unique_ptr<connection_slot> slot;
  std::shared_ptr<client_protocol> protocol;
  net_metrics* metrics = nullptr; ///< may be null
  std::shared_ptr<void> keep;     ///< what must outlive the connection
};

/// Accepts the handshake and runs `protocol` until the connection ends.
void run_websocket(websocket_upgrade upgrade);

} // namespace weir::net
