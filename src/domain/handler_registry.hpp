#pragma once

#include "domain/handler.hpp"
#include "domain/retry_policy.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Which event types a handler takes: exact ("item.analyzed"), a prefix
/// ("item.*") or all ("*").
struct type_pattern {
  std::string text;
  [[nodiscard]] bool matches(std::string_view type) const noexcept;
};

/// Shorthand at registration: `weir::on("item.analyzed")`.
[[nodiscard]] inline type_pattern on(std::string pattern) {
  return type_pattern{std::move(pattern)};
}

using handler_factory = std::function<std::unique_ptr<handler>()>;

struct handler_entry {
  std::string name; ///< [a-z0-9-], unique; a metric label
  type_pattern pattern;
  std::string description;
  handler_factory make;
  retry_policy retry;
};

/// Event type -> handlers, in order of registration. Filled once at start,
/// then shared read-only.
class handler_registry {
public:
  /// @returns `errc::bad_config` for an empty or taken name or an empty pattern.
  status add(handler_entry entry);

  [[nodiscard]] const std::vector<handler_entry>& entries() const noexcept;

  /// Indices into `entries()` of all handlers that take this type.
  [[nodiscard]] std::vector<std::size_t> matching(std::string_view type) const;

private:
  std::vector<handler_entry> entries_;
};

} // namespace weir
