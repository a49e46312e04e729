#pragma once

#include "domain/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

/// How often something may happen.
struct pace {
  std::uint32_t count = 100;
  std::chrono::seconds per{1};

  [[nodiscard]] std::string text() const; ///< "100/s", "30/m"
  friend bool operator==(const pace&, const pace&) = default;
};

/// Reads "50/s", "600/m" or "10/h"; the count is 1 to 1,000,000.
/// @returns `validation_failed`.
[[nodiscard]] result<pace> parse_pace(std::string_view text);

/// Spreads actions over time: one token an action, tokens come evenly. Full at
/// first; holds a tenth of a second's worth, at least one. A clock that goes
/// back gives nothing and takes nothing.
class token_bucket {
public:
  token_bucket(pace allowed, timestamp now);

  /// @returns whether there was a token.
  [[nodiscard]] bool take(timestamp now);

  /// When the next token is there, counted from `now`.
  [[nodiscard]] std::chrono::microseconds wait(timestamp now);

private:
  void refill(timestamp now);

  double per_microsecond_;
  double most_;
  double tokens_;
  timestamp filled_at_;
};

} // namespace weir
