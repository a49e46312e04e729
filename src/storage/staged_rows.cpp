#include "storage/staged_rows.hpp"

namespace weir::storage {

const staged_rows::number* staged_rows::place_of(hashed_key key) const {
  return places_.find(key.hash, [&](number at) { return entries_[at - 1].key == key.key; });
}

staged_row& staged_rows::operator[](std::string key) {
  const hashed_key name{key};
  if (const auto* known = place_of(name))
    return entries_[*known - 1].row;
  const auto hash = name.hash;
  entries_.push_back({std::move(key), hash, {}});
  places_.insert(hash, static_cast<number>(entries_.size()));
  return entries_.back().row;
}

const staged_row* staged_rows::find(hashed_key key) const {
  const auto* known = place_of(key);
  return known == nullptr ? nullptr : &entries_[*known - 1].row;
}

void staged_rows::erase(hashed_key key) {
  const auto* known = place_of(key);
  if (known == nullptr)
    return;
  entries_[*known - 1] = {};
  places_.erase(known);
}

} // namespace weir::storage
