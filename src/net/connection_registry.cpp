#include "net/connection_registry.hpp"

#include "net/auth.hpp"

namespace weir::net {

connection::~connection() = default;

connection_slot::connection_slot(std::shared_ptr<connection_registry> owner, std::string address)
    : owner_(std::move(owner)), address_(std::move(address)) {
  // nop
}

connection_slot::~connection_slot() {
  owner_->leave(this, address_);
}

void connection_slot::held_by(std::weak_ptr<connection> who) {
  auto lock = std::lock_guard{owner_->mutex_};
  owner_->slots_.insert_or_assign(this, std::move(who));
}

std::unique_ptr<connection_slot> connection_registry::admit(const std::string& address, std::size_t spare) {
  auto lock = std::lock_guard{mutex_};
  if (slots_.size() + spare >= most_.total)
    return nullptr;
  auto& here = per_address_[address];
  auto counted = most_.count_loopback || !is_loopback_address(address);
  if (counted && here >= most_.per_address)
    return nullptr;
  ++here;
  auto slot = std::make_unique<connection_slot>(shared_from_this(), address);
  slots_.emplace(slot.get(), std::weak_ptr<connection>{});
  return slot;
}

std::vector<std::shared_ptr<connection>> connection_registry::all() const {
  std::vector<std::shared_ptr<connection>> out;
  auto lock = std::lock_guard{mutex_};
  for (const auto& [slot, who] : slots_)
    if (auto alive = who.lock())
      out.push_back(std::move(alive));
  return out;
}

std::size_t connection_registry::size() const {
  auto lock = std::lock_guard{mutex_};
  return slots_.size();
}

void connection_registry::leave(const connection_slot* slot, const std::string& address) {
  auto lock = std::lock_guard{mutex_};
  slots_.erase(slot);
  auto here = per_address_.find(address);
  if (here != per_address_.end() && --here->second == 0)
    per_address_.erase(here);
  left_.notify_all();
}

void connection_registry::wait_until_empty(std::chrono::milliseconds most) const {
  auto lock = std::unique_lock{mutex_};
  left_.wait_for(lock, most, [this] { return slots_.empty(); });
}

} // namespace weir::net
