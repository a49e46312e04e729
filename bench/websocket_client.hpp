#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::bench {

/// A WebSocket that takes what comes as cheaply as it can.
class websocket_client {
public:
  /// Called for each message.
  using taker = std::function<void(std::string_view)>;

  /// Connects to this host and shakes hands. Blocks.
  websocket_client(std::uint16_t port, std::string_view path);

  /// Sends one short message. Blocks.
  void say(std::string_view text, bool binary = false) const;
  /// Reads what is there once.
  void advance(const taker& take);
  /// Reads until `done` says so. Blocks.
  void wait_until(const std::function<bool(std::string_view)>& done);
  /// From now on `poll` says, with `mark`, when there is something to read.
  void watch(int poll, std::uint64_t mark) const;

private:
  /// Takes all complete messages out of `bytes`. @returns how many bytes they had.
  static std::size_t take_messages(std::string_view bytes, const taker& take);

  int socket_ = -1;
  std::string rest_; ///< of a message that is not complete
};

/// A thousand subscribers are a thousand sockets. Ends the program when that cannot be had.
void allow_many_sockets();

} // namespace weir::bench
