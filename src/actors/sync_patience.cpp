#include "actors/sync_patience.hpp"

#include <algorithm>

namespace weir::actors {

namespace {

constexpr std::uint32_t misses_to_doubt = 4;
constexpr std::uint32_t skipped_in_doubt = 31; ///< groups between two tries
constexpr int weight = 8;                      ///< the newest sync counts one of so many parts

} // namespace

void sync_patience::synced(duration took) noexcept {
  usual_ += (took - usual_) / weight;
}

sync_patience::duration sync_patience::next() noexcept {
  if (misses_ >= misses_to_doubt && skipped_ < skipped_in_doubt) {
    ++skipped_;
    return duration{0};
  }
  skipped_ = 0;
  return std::min(usual_, most);
}

void sync_patience::waited(bool met) noexcept {
  misses_ = met ? 0 : std::min(misses_ + 1, misses_to_doubt);
}

} // namespace weir::actors
