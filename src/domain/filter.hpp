#pragma once

#include "domain/handler_registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weir {

/// Which event types a subscription wants: exact names or "prefix*".
class type_filter {
public:
  type_filter() = default;
  explicit type_filter(const std::vector<std::string>& patterns);

  /// Without patterns everything is wanted.
  [[nodiscard]] bool accepts(std::string_view type) const noexcept;
  [[nodiscard]] bool accepts_all() const noexcept {
    return patterns_.empty();
  }

private:
  std::vector<type_pattern> patterns_;
};

} // namespace weir
