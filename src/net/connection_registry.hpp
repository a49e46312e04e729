#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir::net {

/// An open connection as the server sees it. Both functions return at once
/// and may be called from any thread.
class connection {
public:
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  virtual ~connection();

  /// Finish what is under way, take nothing new; live clients are asked to
  /// come back after `come_back`.
  virtual void drain(std::chrono::milliseconds come_back) = 0;
  virtual void stop() = 0;
};

class connection_registry;

/// The place that one connection takes; freed on destruction.
class connection_slot {
public:
  connection_slot(std::shared_ptr<connection_registry> owner, std::string address);
  ~connection_slot();
  connection_slot(const connection_slot&) = delete;
  connection_slot& operator=(const connection_slot&) = delete;

  /// Says who holds the place now: a session may turn into another.
  void held_by(std::weak_ptr<connection> who);

private:
  std::shared_ptr<connection_registry> owner_;
  std::string address_;
};

/// Counts connections, in all and per address, and reaches all of them.
class connection_registry : public std::enable_shared_from_this<connection_registry> {
public:
  struct limits {
    std::size_t total = 0;
    std::size_t per_address = 0;
    bool count_loopback = false;
  };
  explicit connection_registry(limits most) : most_(most) {
    // nop
  }

  /// @param spare places that are left free for others.
  /// @returns null when there is no room for this address.
  [[nodiscard]] std::unique_ptr<connection_slot> admit(const std::string& address, std::size_t spare = 0);
  [[nodiscard]] std::vector<std::shared_ptr<connection>> all() const;
  [[nodiscard]] std::size_t size() const;
  /// Blocks until the last connection has left, at most this long.
  void wait_until_empty(std::chrono::milliseconds most) const;

private:
  friend class connection_slot;
  void leave(const connection_slot* slot, const std::string& address);

  limits most_;
  mutable std::mutex mutex_;
  mutable std::condition_variable left_;
  std::map<const connection_slot*, std::weak_ptr<connection>> slots_;
  std::map<std::string, std::size_t, std::less<>> per_address_;
};

} // namespace weir::net
