#pragma once

#include "domain/event_parser.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace weir::net {

/// Event parsers for any thread: each is lent to one caller at a time.
class parser_pool {
public:
  explicit parser_pool(event_limits limits) : limits_(limits) {
    // nop
  }

  /// Calls `use(event_parser&)` with a parser that nobody else uses meanwhile.
  template <class F>
  auto with(F&& use) {
    auto lent = take();
    struct giver {
      parser_pool& pool;
      std::unique_ptr<event_parser>& lent;
      ~giver() {
        pool.give(std::move(lent));
      }
    } back{*this, lent};
    return use(*lent);
  }

  [[nodiscard]] const event_limits& limits() const noexcept {
    return limits_;
  }

private:
  std::unique_ptr<event_parser> take();
  void give(std::unique_ptr<event_parser> parser);

  event_limits limits_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<event_parser>> free_;
};

} // namespace weir::net
