#include "storage/row_buffer.hpp"

#include "domain/prefetch.hpp"
#include "storage/view_keys.hpp"

#include <algorithm>
#include <utility>

namespace weir::storage {

namespace {

/// A write of so much takes a few milliseconds, for which a reader may have to
/// wait, and holds what several groups changed.
constexpr std::size_t due_rows = 65'536;
constexpr std::size_t due_bytes = std::size_t{8} << 20;
constexpr std::size_t most_windows = 2; ///< wait at once
constexpr std::size_t most_young = 32'768;

// How far ahead memory is asked for: enough for it to arrive, few enough for it to be there still.
constexpr std::size_t places_ahead = 8;
constexpr std::size_t rows_ahead = 4;
constexpr std::size_t near_bytes = 128; ///< of a row: what is in front of the key, and most keys

std::optional<std::string_view> view_of(const std::optional<std::string>& value) {
  return value ? std::optional<std::string_view>{*value} : std::nullopt;
}

std::optional<std::string> copy_of(const kept_row& row) {
  const auto value = row.value();
  return value ? std::optional<std::string>{*value} : std::nullopt;
}

void bring_near(const kept_row* row) {
  prefetch(row, near_bytes);
}

auto has_key(hashed_key key) {
  return [key](const kept_row* row) { return row->key() == key.key; };
}

} // namespace

row_buffer::row_buffer()
    : waiting_(std::make_unique<row_arena>()), young_(std::make_unique<row_arena>()),
      old_(std::make_unique<row_arena>()) {
  // nop
}

kept_row** row_buffer::newest_of(hashed_key key) {
  return newest_.find(key.hash, has_key(key));
}

void row_buffer::bring_place_near(std::uint64_t hash) const {
  newest_.bring_near(hash);
}

void row_buffer::bring_row_near(std::uint64_t hash) const {
  if (const auto* found = newest_.guess(hash))
    bring_near(*found);
}

void row_buffer::bring_ahead(const std::vector<kept_row*>& rows, std::size_t at) const {
  if (at + places_ahead < rows.size())
    bring_near(rows[at + places_ahead]);
  if (at + rows_ahead < rows.size())
    bring_place_near(rows[at + rows_ahead]->hash);
}

const kept_row* row_buffer::find(hashed_key key) {
  auto* const found = newest_of(key);
  if (found == nullptr)
    return nullptr;
  // Asked for again: it stays longer.
  if ((*found)->home == old_.get())
    *found = &young_->add((*found)->key(), key.hash, (*found)->value());
  return *found;
}

void row_buffer::erase_known(std::vector<std::string>& keys) {
  std::vector<hashed_key> names(keys.begin(), keys.end());
  std::size_t left = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    newest_.look_ahead(
        i, names.size(), [&](std::size_t n) { return names[n].hash; }, bring_near);
    if (find(names[i]) != nullptr)
      continue;
    if (left != i)
      keys[left] = std::move(keys[i]);
    ++left;
  }
  keys.resize(left);
}

bool row_buffer::forget(std::size_t most) {
  const auto& rows = old_->rows();
  const auto last = std::min(rows.size(), forgotten_ + most);
  for (; forgotten_ < last; ++forgotten_) {
    bring_ahead(rows, forgotten_);
    const auto* row = rows[forgotten_];
    if (auto* const found = newest_.find(row->hash, [row](const kept_row* known) { return known == row; }))
      newest_.erase(found);
  }
  if (forgotten_ < rows.size())
    return false;
  old_ = std::exchange(young_, std::make_unique<row_arena>());
  forgotten_ = 0;
  return true;
}

void row_buffer::remember(hashed_key key, const std::optional<std::string>& value) {
  if (newest_of(key) != nullptr)
    return;
  // Usually there is room: what is written makes it.
  if (young_->rows().size() >= 2 * most_young)
    (void)forget(old_->rows().size());
  newest_.insert(key.hash, &young_->add(key.key, key.hash, view_of(value)));
}

void row_buffer::collect(const std::string& key, fresh_rows& out) const {
  const hashed_key name{key};
  if (const auto* found = newest_.find(name.hash, has_key(name)))
    out.insert_or_assign(key, copy_of(**found));
}

void row_buffer::collect_under(const std::string& prefix, fresh_rows& out) const {
  if (writing_)
    collect_under(*writing_, listed_writing_, prefix, out);
  collect_under(*waiting_, listed_waiting_, prefix, out);
}

void row_buffer::collect_under(const row_arena& rows, const row_lists& listed, const std::string& prefix,
                               fresh_rows& out) {
  if (keys::is_list(prefix)) {
    listed.each(prefix, [&](const kept_row& row) { out.insert_or_assign(std::string{row.key()}, copy_of(row)); });
    return;
  }
  for (const auto* row : rows.rows())
    if (!row->is_dropped && row->key().starts_with(prefix))
      out.insert_or_assign(std::string{row->key()}, copy_of(*row));
}

void row_buffer::found_pending(std::string_view key) {
  stored_.added(key);
}

bool row_buffer::is_all(std::string_view prefix) const {
  // What is being written is counted later, and collected until then.
  return prefix.starts_with(keys::all_pending) && stored_.is_none(prefix);
}

void row_buffer::add(const staged_rows& rows) {
  const auto& entries = rows.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    newest_.look_ahead(
        i, entries.size(), [&](std::size_t n) { return entries[n].hash; }, bring_near);
    if (i + places_ahead < entries.size() && keys::is_listed(entries[i + places_ahead].key))
      listed_waiting_.bring_near(entries[i + places_ahead].key);
    if (!entries[i].key.empty())
      merge(entries[i].name(), entries[i].row);
  }
}

void row_buffer::merge(hashed_key key, const staged_row& changed) {
  auto* const found = newest_of(key);
  if (found == nullptr || (*found)->home != waiting_.get()) {
    auto& row = waiting_->add(key.key, key.hash, view_of(changed.value), changed.is_new);
    if (found == nullptr)
      newest_.insert(key.hash, &row);
    else
      *found = &row;
    if (keys::is_listed(key.key))
      listed_waiting_.add(row);
    return;
  }
  auto& known = **found;
  // The tables never had it, and need not hear of it.
  if (known.is_new && !changed.value) {
    newest_.erase(found);
    waiting_->drop(known);
    return;
  }
  waiting_->change(known, view_of(changed.value));
}

bool row_buffer::is_due() const noexcept {
  return waiting_->size() >= due_rows || waiting_->bytes() >= due_bytes;
}

bool row_buffer::is_full() const noexcept {
  return waiting_->size() >= most_windows * due_rows || waiting_->bytes() >= most_windows * due_bytes;
}

const row_arena& row_buffer::begin() {
  writing_ = std::exchange(waiting_, std::make_unique<row_arena>());
  listed_writing_ = std::exchange(listed_waiting_, {});
  return *writing_;
}

void row_buffer::count_written(const kept_row& row) {
  if (!row.key().starts_with(keys::all_pending))
    return;
  if (!row.value())
    stored_.removed(row.key());
  else if (row.is_new)
    stored_.added(row.key());
}

void row_buffer::note_written(kept_row& row) {
  if (row.is_dropped)
    return;
  count_written(row);
  auto* const found = newest_.find(row.hash, [&row](const kept_row* known) { return known == &row; });
  if (found == nullptr)
    return; // something newer waits
  if (keys::is_looked_up(row.key()))
    *found = &young_->add(row.key(), row.hash, row.value());
  else
    newest_.erase(found);
}

bool row_buffer::note_written(std::size_t most) {
  const auto& rows = writing_->rows();
  if (noted_ == rows.size())
    return young_->rows().size() < most_young || forget(most);
  for (const auto last = std::min(rows.size(), noted_ + most); noted_ < last; ++noted_) {
    bring_ahead(rows, noted_);
    note_written(*rows[noted_]);
  }
  return false;
}

row_buffer::remains row_buffer::end() {
  noted_ = 0;
  return {std::exchange(writing_, nullptr), std::exchange(listed_writing_, {})};
}

} // namespace weir::storage
