#pragma once

#include "net/io_loop.hpp"
#include "net/listener_context.hpp"

#include <memory>
#include <string>

namespace weir::net {

/// Serves HTTP/1.1 on a connection of `loop` until it closes or becomes a live
/// client. Any thread.
void run_http(tcp_socket socket, io_loop& loop, std::string remote, std::unique_ptr<connection_slot> slot,
              std::shared_ptr<listener_context> context);

} // namespace weir::net
