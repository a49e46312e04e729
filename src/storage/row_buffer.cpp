#include "storage/row_buffer.hpp"

#include "storage/view_keys.hpp"

#include <utility>

namespace weir::storage {

namespace {

/// A write of so much takes a few milliseconds, for which a reader may have to
/// wait, and holds what several groups changed.
constexpr std::size_t due_rows = 8'192;
constexpr std::size_t due_bytes = std::size_t{2} << 20;
constexpr std::size_t most_windows = 2; ///< wait at once
constexpr std::size_t most_young = 32'768;

} // namespace

const std::optional<std::string>* row_buffer::find(const std::string& key) {
  if (const auto row = waiting_.find(key); row != waiting_.end())
    return &row->second.value;
  if (const auto row = writing_.find(key); row != writing_.end())
    return &row->second.value;
  if (const auto row = young_.find(key); row != young_.end())
    return &row->second.value;
  const auto row = old_.find(key);
  if (row == old_.end())
    return nullptr;
  auto kept = old_.extract(row);
  return &young_.insert(std::move(kept)).position->second.value;
}

void row_buffer::age() {
  if (young_.size() < most_young)
    return;
  old_ = std::exchange(young_, {});
  young_.reserve(most_young);
}

void row_buffer::remember(std::string key, std::optional<std::string> value) {
  age();
  young_.insert_or_assign(std::move(key), std::move(value));
}

void row_buffer::collect(const std::string& prefix, fresh_rows& out) const {
  const auto add = [&](const staged_rows& rows, const listed_rows& listed) {
    if (const auto own = rows.find(prefix); own != rows.end())
      out.insert_or_assign(prefix, own->second.value);
    for (auto row = listed.lower_bound(prefix); row != listed.end() && row->first.starts_with(prefix); ++row)
      out.insert_or_assign(std::string{row->first}, row->second->value);
  };
  add(writing_, listed_writing_);
  add(waiting_, listed_waiting_);
}

void row_buffer::add(staged_rows rows) {
  while (!rows.empty())
    merge(rows.extract(rows.begin()));
}

void row_buffer::merge(staged_rows::node_type row) {
  bytes_ += row.key().size() + (row.mapped().value ? row.mapped().value->size() : 0);
  auto done = waiting_.insert(std::move(row));
  if (done.inserted) {
    if (keys::is_listed(done.position->first))
      listed_waiting_.emplace(done.position->first, &done.position->second);
    return;
  }
  auto& known = done.position->second;
  auto& changed = done.node.mapped();
  // The tables never had it, and need not hear of it.
  if (known.is_new && !changed.value) {
    listed_waiting_.erase(done.position->first);
    waiting_.erase(done.position);
    return;
  }
  known.value = std::move(changed.value);
}

bool row_buffer::is_due() const noexcept {
  return waiting_.size() >= due_rows || bytes_ >= due_bytes;
}

bool row_buffer::is_full() const noexcept {
  return waiting_.size() >= most_windows * due_rows || bytes_ >= most_windows * due_bytes;
}

const staged_rows& row_buffer::begin() {
  writing_ = std::exchange(waiting_, {});
  listed_writing_ = std::exchange(listed_waiting_, {});
  waiting_.reserve(writing_.size());
  bytes_ = 0;
  return writing_;
}

void row_buffer::written() {
  listed_writing_.clear();
  auto rows = std::exchange(writing_, {});
  while (!rows.empty()) {
    auto row = rows.extract(rows.begin());
    if (!keys::is_looked_up(row.key()))
      continue;
    age();
    if (auto known = young_.insert(std::move(row)); !known.inserted)
      known.position->second = std::move(known.node.mapped());
  }
}

} // namespace weir::storage
