#include "domain/frame_batch.hpp"

#include <utility>

namespace weir {

frame_batch::frame_batch(std::vector<frame_ptr> frames) : frames_(std::move(frames)) {
  for (const auto& one : frames_)
    bytes_ += one->body.size();
}

std::shared_ptr<const frame_batch::texts> frame_batch::texts_for(std::uint32_t sub,
                                                                 const std::function<texts()>& make) const {
  {
    // Also while it is made: whoever comes meanwhile needs the same.
    const std::scoped_lock lock{mutex_};
    if (!made_) {
      made_ = std::make_shared<const texts>(make());
      made_for_ = sub;
    }
    if (made_for_ == sub)
      return made_;
  }
  return std::make_shared<const texts>(make());
}

} // namespace weir
