#pragma once

#include "domain/result.hpp"
#include "net/listener_context.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace weir::net {

/// A listen address as configured.
struct listen_address {
  std::string host; ///< "" means all addresses
  std::uint16_t port = 0;
};

/// Reads "127.0.0.1:7070", "[::1]:7070", "localhost:7070" or ":7070".
[[nodiscard]] result<listen_address> parse_listen_address(std::string_view text);

/// Accepts connections and hands them to HTTP sessions.
class listener : public std::enable_shared_from_this<listener> {
public:
  /// @returns `errc::bad_config` with a sentence for the operator.
  [[nodiscard]] static result<std::shared_ptr<listener>> open(boost::asio::io_context& io, std::string_view address,
                                                              bool reuse_address);

  /// "127.0.0.1:41234", with the port that was taken.
  [[nodiscard]] std::string endpoint() const;
  [[nodiscard]] bool on_loopback() const;
  void start(std::shared_ptr<listener_context> context);
  /// Any thread.
  void stop();

  explicit listener(boost::asio::io_context& io);

private:
  void accept();
  void accepted(boost::asio::ip::tcp::socket socket);
  void wait_for_descriptors();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<listener_context> context_;
};

} // namespace weir::net
