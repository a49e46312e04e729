#pragma once

#include "domain/delivery.hpp"

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir::net {

/// Where the actors put what a client gets. Counts bytes from the push until
/// they are on the wire. Any thread.
class client_mailbox : public client_outlet {
public:
  /// @param wake called from any thread when there is something to fetch, and
  ///   not again for messages before that is fetched; it may be called once
  ///   more than needed.
  client_mailbox(std::size_t budget, std::function<void()> wake);

  bool push(std::vector<client_message> batch) override;
  void hang_up(std::uint16_t close_code, std::string reason) override;

  struct contents {
    std::vector<client_message> messages;
    std::optional<std::pair<std::uint16_t, std::string>> hang_up;
  };
  /// Everything so far. Its bytes count until `release`.
  [[nodiscard]] contents fetch();
  /// @returns true when the link is to be told that there is room again.
  [[nodiscard]] bool release(std::size_t bytes);
  [[nodiscard]] std::size_t pending_bytes() const;
  [[nodiscard]] bool over_budget() const;
  /// The client is gone: whatever is pushed from now on is dropped.
  void shut();

  /// What a message counts.
  [[nodiscard]] static std::size_t cost(const client_message& message) noexcept;

private:
  std::size_t budget_;
  std::function<void()> wake_;
  mutable std::mutex mutex_;
  contents inbox_;
  std::size_t pending_ = 0;
  bool blocked_ = false;
  bool shut_ = false;
};

} // namespace weir::net
