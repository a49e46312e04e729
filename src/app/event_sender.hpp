#pragma once

#include "app/api_client.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace weir::app {

/// What one line of a batch was refused for.
struct rejected_line {
  std::uint64_t line = 0; ///< 1 is the first
  std::string why;
};

struct send_totals {
  std::uint64_t accepted = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t rejected = 0;

  [[nodiscard]] std::uint64_t all() const noexcept {
    return accepted + duplicate + rejected;
  }
};

/// Posts events as NDJSON, many in one request, and comes back when the node
/// asks for it. Each request has its own Idempotency-Key, so that one that
/// was not answered is sent again without harm.
class event_sender {
public:
  struct options {
    std::string job; ///< of lines that name none; ""
    std::function<bool()> interrupted;
    std::function<void(const rejected_line&)> rejected;
    std::function<void(const std::string&)> waiting; ///< why it waits
    std::chrono::milliseconds patience{60'000};      ///< without any progress
  };

  event_sender(api_client& client, options opts);

  /// Takes one event; sends when enough have come together.
  [[nodiscard]] status add(std::string line, std::uint64_t number);
  /// Sends what is left.
  [[nodiscard]] status flush();

  [[nodiscard]] const send_totals& totals() const noexcept;
  /// The last answer outside 2xx, after a failure that came from the node.
  [[nodiscard]] const api_response& refusal() const noexcept;

private:
  status post(const api_request& request);
  void take_results(const api_response& answer);

  api_client& client_;
  options options_;
  std::string body_;
  std::vector<std::uint64_t> numbers_; ///< of the lines in `body_`
  send_totals totals_;
  api_response refusal_;
  bool reached_ = false;
};

inline constexpr std::size_t max_lines_in_request = 500;

/// A key that nobody else uses: random, 32 hex digits.
[[nodiscard]] std::string random_key();

} // namespace weir::app
