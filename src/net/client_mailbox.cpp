#include "net/client_mailbox.hpp"

#include <algorithm>
#include <iterator>

namespace weir::net {

client_mailbox::client_mailbox(std::size_t budget, std::function<void()> wake)
    : budget_(budget), wake_(std::move(wake)) {
  // nop
}

std::size_t client_mailbox::cost(const client_message& message) noexcept {
  constexpr std::size_t envelope = 64;
  if (const auto* several = std::get_if<deliver_batch>(&message))
    return envelope * several->batch->frames().size() + several->batch->bytes();
  auto frame = std::get_if<deliver_frame>(&message);
  auto gap = std::get_if<missing_frames>(&message);
  return envelope + (frame && frame->content ? frame->content->body.size() : 0) +
         (gap && gap->state ? gap->state->size() : 0);
}

bool client_mailbox::push(std::vector<client_message> batch) {
  auto fits = true;
  auto wakes = false;
  {
    auto lock = std::lock_guard{mutex_};
    if (shut_ || batch.empty())
      return pending_ < budget_;
    for (const auto& message : batch)
      pending_ += cost(message);
    // Otherwise somebody was woken for what is there already.
    wakes = inbox_.messages.empty();
    if (wakes)
      inbox_.messages = std::move(batch);
    else
      std::ranges::move(batch, std::back_inserter(inbox_.messages));
    fits = pending_ < budget_;
    blocked_ = blocked_ || !fits;
  }
  if (wakes)
    wake_();
  return fits;
}

void client_mailbox::hang_up(std::uint16_t close_code, std::string reason) {
  {
    auto lock = std::lock_guard{mutex_};
    if (shut_)
      return;
    inbox_.hang_up.emplace(close_code, std::move(reason));
  }
  wake_();
}

client_mailbox::contents client_mailbox::fetch() {
  auto lock = std::lock_guard{mutex_};
  return std::exchange(inbox_, {});
}

bool client_mailbox::release(std::size_t bytes) {
  auto lock = std::lock_guard{mutex_};
  pending_ -= std::min(bytes, pending_);
  if (!blocked_ || pending_ >= budget_ / 2)
    return false;
  blocked_ = false;
  return true;
}

std::size_t client_mailbox::pending_bytes() const {
  auto lock = std::lock_guard{mutex_};
  return pending_;
}

bool client_mailbox::over_budget() const {
  auto lock = std::lock_guard{mutex_};
  return pending_ >= budget_;
}

void client_mailbox::shut() {
  auto lock = std::lock_guard{mutex_};
  shut_ = true;
  inbox_ = {};
  pending_ = 0;
}

} // namespace weir::net
