#include "net/parser_pool.hpp"

namespace weir::net {

std::unique_ptr<event_parser> parser_pool::take() {
  {
    auto lock = std::lock_guard{mutex_};
    if (!free_.empty()) {
      auto out = std::move(free_.back());
      free_.pop_back();
      return out;
    }
  }
  return std::make_unique<event_parser>(limits_);
}

void parser_pool::give(std::unique_ptr<event_parser> parser) {
  auto lock = std::lock_guard{mutex_};
  free_.push_back(std::move(parser));
}

} // namespace weir::net
