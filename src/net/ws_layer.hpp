#pragma once

#include "net/socket_writer.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/websocket/teardown.hpp>

#include <memory>
#include <string>
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

  /// @param early what was read from the socket already, and comes first.
  ws_layer(std::shared_ptr<socket_writer> writer, std::string early)
      : writer_(std::move(writer)), early_(std::move(early)) {
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
    if (early_.empty())
      return next_layer().async_read_some(buffers, std::forward<Handler>(handler));
    const auto bytes = boost::asio::buffer_copy(buffers, boost::asio::buffer(early_));
    early_.erase(0, bytes);
    boost::asio::post(get_executor(), boost::beast::bind_front_handler(std::forward<Handler>(handler),
                                                                       boost::beast::error_code{}, bytes));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    writer_->write_apart(boost::beast::buffers_to_string(buffers), std::forward<Handler>(handler));
  }

private:
  std::shared_ptr<socket_writer> writer_;
  std::string early_;
};

// Found by Beast through the type of the layer.
template <class Handler>
void async_teardown(boost::beast::role_type role, ws_layer& layer, Handler&& handler) {
  using boost::beast::websocket::async_teardown;
  async_teardown(role, layer.next_layer(), std::forward<Handler>(handler));
}

} // namespace weir::net
