#pragma once

#include "app/api_client.hpp"
#include "app/stream_protocol.hpp"

#include <functional>
#include <string>

namespace weir::app {

/// What a follower may want to tell its user between two connections.
struct connection_lost {
  std::uint16_t code = 1006; ///< WebSocket close code; 1006: none came
  std::string reason;
  std::chrono::milliseconds wait{0}; ///< before the next try
  bool again = false;                ///< a try to reconnect failed
};

struct stream_client_options {
  endpoint where;
  std::string token;                 ///< "" for none
  std::function<bool()> interrupted; ///< asked ten times a second
  std::function<void(const connection_lost&)> lost;
};

/// Follows jobs over a WebSocket and reconnects for as long as it makes
/// sense. Blocks; one thread.
/// @returns success when the listener had enough; `unreachable` when already
///   the first connection failed; `timed_out` with "interrupted".
[[nodiscard]] status follow(stream_protocol& protocol, const stream_client_options& options);

} // namespace weir::app
