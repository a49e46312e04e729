#pragma once

#include "net/listener_context.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>
#include <string>

namespace weir::net {

/// Serves HTTP/1.1 on a connection until it closes or becomes a live client.
void run_http(boost::asio::ip::tcp::socket socket, std::string remote, std::unique_ptr<connection_slot> slot,
              std::shared_ptr<listener_context> context);

} // namespace weir::net
