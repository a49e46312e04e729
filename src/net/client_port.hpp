#pragma once

#include "domain/frame.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::net {

using steady_time = std::chrono::steady_clock::time_point;

/// Runs a function on a connection's thread, or drops it when the connection
/// is gone. Any thread.
using poster = std::function<void(std::function<void()>)>;

/// One message: head, the shared body, tail. Written without joining.
struct outgoing {
  std::string head;
  std::shared_ptr<const std::string> body = nullptr;
  std::string tail = {};
  bool binary = false;
  std::size_t cost = 0; ///< bytes to give back to the mailbox once written

  [[nodiscard]] std::size_t size() const noexcept {
    return head.size() + (body ? body->size() : 0) + tail.size();
  }
};

/// The body of a frame, which it keeps alive.
[[nodiscard]] inline std::shared_ptr<const std::string> body_of(const frame_ptr& content) {
  return {content, &content->body};
}

/// The bytes side of a live client (WebSocket or event stream), as the
/// protocol on it sees it. What the protocol sends in one of its functions
/// leaves together when it returns. Only on the connection's thread.
class client_port {
public:
  client_port() = default;
  client_port(const client_port&) = delete;
  client_port& operator=(const client_port&) = delete;
  virtual ~client_port();

  virtual void send(outgoing message) = 0;
  /// Ends the connection. @param flush whether what is queued goes first.
  virtual void close(std::uint16_t code, std::string reason, bool flush) = 0;
  /// A ping of the WebSocket protocol itself; nothing on event streams.
  virtual void ping() = 0;
  /// When the last message was on the wire whole.
  [[nodiscard]] virtual steady_time last_progress() const = 0;
  [[nodiscard]] virtual weir::net::poster poster() = 0;
  /// @returns a function for any thread: has `run` run on the connection's
  ///   thread soon, once for several calls in a row. One for a connection.
  [[nodiscard]] virtual std::function<void()> bell(std::function<void()> run) = 0;
};

/// What runs on such a connection: the session calls it on its thread.
class client_protocol {
public:
  client_protocol() = default;
  client_protocol(const client_protocol&) = delete;
  client_protocol& operator=(const client_protocol&) = delete;
  virtual ~client_protocol();

  virtual void opened(client_port& port, steady_time now) = 0;
  virtual void received(std::string_view message, bool binary) = 0;
  /// The peer sent something: a message, a ping or a pong.
  virtual void heard(steady_time now) = 0;
  /// A message is longer than allowed; the protocol closes.
  virtual void too_large() = 0;
  /// A message with this cost is on the wire.
  virtual void written(std::size_t cost) = 0;
  /// @returns when to call again.
  virtual std::chrono::milliseconds tick(steady_time now) = 0;
  virtual void drain(std::chrono::milliseconds come_back) = 0;
  /// The connection is gone; nothing is called after this.
  virtual void closed() = 0;
};

} // namespace weir::net
