#include "domain/concierge/moments.hpp"

#include <algorithm>
#include <cstdint>

namespace weir {

moments::moments(const json& state) : table_(state.is_object() ? state : json::object()) {}

std::optional<timestamp> moments::find(const std::string& key) const {
  const auto found = table_.find(key);
  if (found == table_.end())
    return std::nullopt;
  return timestamp{std::chrono::microseconds{found->get<std::int64_t>()}};
}

bool moments::advance(const std::string& key, timestamp to) {
  if (const auto known = find(key); known && *known > to)
    return false;
  table_[key] = to.time_since_epoch().count();
  if (table_.size() > max_moments) {
    const auto older = [](const json& a, const json& b) { return a.get<std::int64_t>() < b.get<std::int64_t>(); };
    table_.erase(std::min_element(table_.begin(), table_.end(), older));
  }
  return true;
}

const json& moments::state() const noexcept {
  return table_;
}

} // namespace weir
