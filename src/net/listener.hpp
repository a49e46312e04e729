#pragma once

#include "domain/result.hpp"
#include "net/io_loop.hpp"
#include "net/listener_context.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

/// A listen address as configured.
struct listen_address {
  std::string host; ///< "" means all addresses
  std::uint16_t port = 0;
};

/// Reads "127.0.0.1:7070", "[::1]:7070", "localhost:7070" or ":7070".
[[nodiscard]] result<listen_address> parse_listen_address(std::string_view text);

/// The loops that connections are given to.
using io_loops = std::vector<std::unique_ptr<io_loop>>;

/// Accepts connections on the first loop and deals them out to all, as HTTP
/// sessions.
class listener : public std::enable_shared_from_this<listener> {
public:
  /// @returns `errc::bad_config` with a sentence for the operator.
  [[nodiscard]] static result<std::shared_ptr<listener>> open(io_loops& loops, std::string_view address,
                                                              bool reuse_address);

  /// "127.0.0.1:41234", with the port that was taken.
  [[nodiscard]] std::string endpoint() const;
  [[nodiscard]] bool on_loopback() const;
  void start(std::shared_ptr<listener_context> context);
  /// Any thread.
  void stop();

  explicit listener(io_loops& loops);

private:
  void accept();
  void accepted(tcp_socket socket, io_loop& loop);
  void wait_for_descriptors();

  io_loops& loops_;
  std::size_t turn_ = 0;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, io_executor> acceptor_;
  io_timer timer_;
  std::shared_ptr<listener_context> context_;
};

} // namespace weir::net
