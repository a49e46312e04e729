#pragma once

#include "domain/frame.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weir {

/// Frames of one job that follow each other without a gap, at least one;
/// shared by all who get them live. Any thread.
class frame_batch {
public:
  explicit frame_batch(std::vector<frame_ptr> frames);

  [[nodiscard]] const std::vector<frame_ptr>& frames() const noexcept {
    return frames_;
  }
  /// Of all bodies.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return bytes_;
  }

  using texts = std::vector<std::string>;

  /// What a session sends for all of them to a subscription with this number.
  /// Made once for the number that asks first, which most clients have in
  /// common; for others each time.
  [[nodiscard]] std::shared_ptr<const texts> texts_for(std::uint32_t sub, const std::function<texts()>& make) const;

private:
  std::vector<frame_ptr> frames_;
  std::size_t bytes_ = 0;
  mutable std::mutex mutex_;
  mutable std::uint32_t made_for_ = 0;
  mutable std::shared_ptr<const texts> made_;
};

using frame_batch_ptr = std::shared_ptr<const frame_batch>;

} // namespace weir
