#include "domain/restart_policy.hpp"

#include <algorithm>

namespace weir {

restart_budget::restart_budget(restart_policy policy) : policy_(policy) {}

std::optional<std::chrono::milliseconds> restart_budget::crashed(timestamp now) {
  ++total_;
  if (last_ && now - *last_ > policy_.forget)
    consecutive_ = 0;
  last_ = now;
  while (!crashes_.empty() && now - crashes_.front() > policy_.within)
    crashes_.pop_front();
  crashes_.push_back(now);
  ++consecutive_;
  if (crashes_.size() > policy_.max)
    return std::nullopt;
  // 2^20 is beyond any sensible limit and far from an overflow.
  const std::uint32_t doublings = std::min<std::uint32_t>(consecutive_ - 1, 20);
  return std::min(policy_.backoff * (std::int64_t{1} << doublings), policy_.max_backoff);
}

void restart_budget::progressed() noexcept {
  consecutive_ = 0;
}

void restart_budget::reset() noexcept {
  crashes_.clear();
  last_.reset();
  consecutive_ = 0;
  total_ = 0;
}

std::uint64_t restart_budget::total() const noexcept {
  return total_;
}

} // namespace weir
