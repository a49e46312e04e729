#pragma once

#include "net/client_port.hpp"
#include "net/connection_registry.hpp"
#include "net/net_metrics.hpp"

#include <boost/beast/core/tcp_stream.hpp>

#include <memory>

namespace weir::net {

/// An HTTP connection that is about to become an event stream.
struct stream_upgrade {
  boost::beast::tcp_stream stream;
  std::unique_ptr<connection_slot> slot;
  std::shared_ptr<client_protocol> protocol; ///< prints all bytes, the HTTP head included
  net_metrics* metrics = nullptr;            ///< may be null
  std::shared_ptr<void> keep;                ///< what must outlive the connection
};

void run_stream(stream_upgrade upgrade);

} // namespace weir::net
