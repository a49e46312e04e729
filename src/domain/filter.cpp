#include "domain/filter.hpp"

#include <algorithm>

namespace weir {

type_filter::type_filter(const std::vector<std::string>& patterns) {
  patterns_.reserve(patterns.size());
  for (const auto& pattern : patterns)
    patterns_.push_back(on(pattern));
}

bool type_filter::accepts(std::string_view type) const noexcept {
  const auto takes = [type](const type_pattern& pattern) { return pattern.matches(type); };
  return patterns_.empty() || std::any_of(patterns_.begin(), patterns_.end(), takes);
}

} // namespace weir
