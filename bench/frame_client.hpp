#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace weir::bench {

/// One WebSocket that subscribes to one job and takes its frames as cheaply
/// as it can.
class frame_client {
public:
  /// Called for each text message; it may hold several lines.
  using taker = std::function<void(std::string_view)>;

  /// Connects, subscribes, and waits until the feed is live. Blocks.
  frame_client(std::uint16_t port, const std::string& job, int poll, std::uint64_t mark);

  /// Reads what is there once.
  void advance(const taker& take);

private:
  void shake_hands(std::uint16_t port);
  void say(std::string_view text) const;
  /// Takes all complete messages out of `bytes`. @returns how many bytes they had.
  static std::size_t take_messages(std::string_view bytes, const taker& take);

  int socket_ = -1;
  std::string rest_; ///< of a message that is not complete
};

} // namespace weir::bench
