#pragma once

#include "domain/delivery.hpp"

#include <utility>
#include <vector>

namespace weir::testing {

/// The same with each frame of a batch by itself.
inline std::vector<client_message> unfolded(std::vector<client_message> messages) {
  std::vector<client_message> out;
  for (auto& message : messages) {
    const auto* several = std::get_if<deliver_batch>(&message);
    if (several == nullptr) {
      out.push_back(std::move(message));
      continue;
    }
    for (const auto& content : several->batch->frames())
      out.emplace_back(deliver_frame{several->sub, content});
  }
  return out;
}

} // namespace weir::testing
