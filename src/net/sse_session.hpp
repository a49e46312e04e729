#pragma once

#include "net/live_session.hpp"

namespace weir::net {

/// Runs an event stream on a connection until it ends. The protocol prints
/// all bytes, the HTTP head included.
void run_stream(live_client client);

} // namespace weir::net
