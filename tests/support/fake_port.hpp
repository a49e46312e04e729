#pragma once

#include "net/client_port.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace weir::testing {

/// A connection that keeps what is sent, and runs posted work when told.
class fake_port : public net::client_port {
public:
  void send(net::outgoing message) override {
    sent.push_back(message.head + (message.body ? *message.body : std::string{}) + message.tail);
    costs.push_back(message.cost);
  }
  void close(std::uint16_t close_code, std::string why, bool flush) override {
    code = close_code;
    reason = std::move(why);
    flushed = flush;
  }
  void ping() override {
    ++pings;
  }
  [[nodiscard]] net::steady_time last_progress() const override {
    return progress;
  }
  [[nodiscard]] net::poster poster() override {
    return [this](std::function<void()> run) { posted.push_back(std::move(run)); };
  }
  [[nodiscard]] std::function<void()> bell(std::function<void()> run) override {
    return [this, run = std::move(run)] { posted.push_back(run); };
  }

  /// Runs what was posted, and what that posts.
  void run_posted() {
    while (!posted.empty()) {
      auto first = std::move(posted.front());
      posted.erase(posted.begin());
      first();
    }
  }

  std::vector<std::string> sent;
  std::vector<std::size_t> costs;
  std::vector<std::function<void()>> posted;
  std::uint16_t code = 0;
  std::string reason;
  bool flushed = false;
  int pings = 0;
  net::steady_time progress{};
};

} // namespace weir::testing
