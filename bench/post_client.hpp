#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::bench {

/// A connected socket to this host, without delay. Ends the program when that fails.
[[nodiscard]] int connect_to(std::uint16_t port);
void make_nonblocking(int socket);

/// Sends and receives until done, on a blocking socket.
void send_all(int socket, std::string_view bytes);

/// One keep-alive connection with one POST under way at most, driven by the
/// epoll set of its owner.
class post_client {
public:
  /// @param mark what epoll says when this socket is ready.
  post_client(std::uint16_t port, std::string_view content_type, int poll, std::uint64_t mark);

  /// The connection must be idle.
  void post(std::string_view body);

  /// Goes on after epoll said that the socket is ready.
  /// @returns the status of a complete answer, or 0.
  int advance();

  [[nodiscard]] bool busy() const noexcept {
    return busy_;
  }
  [[nodiscard]] const std::string& last_answer() const noexcept {
    return in_;
  }

private:
  void write();
  void watch(bool writable);

  int socket_ = -1;
  int poll_ = -1;
  std::uint64_t mark_ = 0;
  std::string head_;
  std::string out_;
  std::size_t sent_ = 0;
  std::string in_;
  bool busy_ = false;
  bool watches_writable_ = false;
};

} // namespace weir::bench
