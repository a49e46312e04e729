#pragma once

#include "domain/handler.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace weir {

/// How many keys a handler's state remembers a time of.
inline constexpr std::size_t max_moments = 256;

/// A handler's state as a table of key -> time, small enough to be written with
/// every event: beyond `max_moments` keys the one with the oldest time goes.
class moments {
public:
  /// @param state of `context::state()`; null is an empty table.
  explicit moments(const json& state);

  [[nodiscard]] std::optional<timestamp> find(const std::string& key) const;

  /// Keeps the time unless a later one is known. @returns whether it was kept.
  bool advance(const std::string& key, timestamp to);

  /// For `context::set_state`.
  [[nodiscard]] const json& state() const noexcept;

private:
  json table_;
};

} // namespace weir
