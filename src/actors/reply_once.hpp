#pragma once

#include <atomic>
#include <functional>
#include <utility>
#include <variant>

namespace weir::actors {

/// A reply that is given exactly once, also when the actor that owes it dies:
/// a reply that is destroyed unanswered answers with its fallback. CAF drops
/// the mailbox of a crashed actor, and with it every reply that waited there.
template <class Good, class Bad>
class reply_once {
public:
  using value = std::variant<Good, Bad>;
  using function = std::function<void(value)>;

  reply_once(function to, Bad fallback) : to_(std::move(to)), fallback_(std::move(fallback)) {
    // nop
  }

  reply_once(const reply_once&) = delete;
  reply_once& operator=(const reply_once&) = delete;

  ~reply_once() {
    if (!given_.exchange(true))
      to_(value{std::in_place_index<1>, std::move(fallback_)});
  }

  void good(Good answer) {
    if (!given_.exchange(true))
      to_(value{std::in_place_index<0>, std::move(answer)});
  }

  void bad(Bad why) {
    if (!given_.exchange(true))
      to_(value{std::in_place_index<1>, std::move(why)});
  }

private:
  function to_;
  Bad fallback_;
  std::atomic<bool> given_{false};
};

} // namespace weir::actors
