#pragma once

#include "net/socket_writer.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <memory>
#include <utility>

namespace weir::net {

/// What Beast's WebSocket stands on in place of a socket. Messages go past
/// Beast, straight into the writer; what Beast sends by itself (the answer to
/// the upgrade, pings, pongs, close) goes through here into the same line, so
/// that it never comes into the middle of a message. Beast has at most one
/// such write under way.
class ws_layer {
public:
  using executor_type = io_executor;
  using next_layer_type = tcp_socket;

  explicit ws_layer(std::shared_ptr<socket_writer> writer) : writer_(std::move(writer)) {
    // nop
  }

  [[nodiscard]] executor_type get_executor() noexcept {
    return writer_->socket().get_executor();
  }
  [[nodiscard]] next_layer_type& next_layer() noexcept {
    return writer_->socket();
  }
  [[nodiscard]] const next_layer_type& next_layer() const noexcept {
    return writer_->socket();
  }

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& buffers, Handler&& handler) {
    next_layer().async_read_some(buffers, std::forward<Handler>(handler));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    writer_->write_apart(boost::beast::buffers_to_string(buffers), std::forward<Handler>(handler));
  }

private:
  std::shared_ptr<socket_writer> writer_;
};

// Found by Beast through the type of the layer.
template <class Handler>
void async_teardown(boost::beast::role_type role, ws_layer& layer, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, layer.next_layer(), std::forward<Handler>(handler));
}

} // namespace weir::net
