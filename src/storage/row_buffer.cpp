#include "storage/row_buffer.hpp"

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

std::optional<std::string_view> view_of(const std::optional<std::string>& value) {
  return value ? std::optional<std::string_view>{*value} : std::nullopt;
}

std::optional<std::string> copy_of(const kept_row& row) {
  const auto value = row.value();
  return value ? std::optional<std::string>{*value} : std::nullopt;
}

} // namespace

row_buffer::row_buffer()
    : waiting_(std::make_unique<row_arena>()), young_(std::make_unique<row_arena>()),
      old_(std::make_unique<row_arena>()) {
  // nop
}

const kept_row* row_buffer::find(std::string_view key) {
  const auto found = newest_.find(hashed_key{key, xxh3_64(key)});
  if (found == newest_.end())
    return nullptr;
  // Asked for again: it stays longer.
  if (found->row->home == old_.get())
    found->row = &young_->add(found->row->key(), found->row->hash, found->row->value());
  return found->row;
}

bool row_buffer::forget(std::size_t most) {
  const auto& rows = old_->rows();
  const auto last = std::min(rows.size(), forgotten_ + most);
  for (; forgotten_ < last; ++forgotten_) {
    const auto* row = rows[forgotten_];
    if (const auto found = newest_.find(hashed_key{row->key(), row->hash}); found != newest_.end() && found->row == row)
      newest_.erase(found);
  }
  if (forgotten_ < rows.size())
    return false;
  old_ = std::exchange(young_, std::make_unique<row_arena>());
  forgotten_ = 0;
  return true;
}

void row_buffer::remember(std::string_view key, const std::optional<std::string>& value) {
  const hashed_key wanted{key, xxh3_64(key)};
  if (newest_.contains(wanted))
    return;
  // Usually there is room: what is written makes it.
  if (young_->rows().size() >= 2 * most_young)
    (void)forget(old_->rows().size());
  newest_.insert(place{&young_->add(key, wanted.hash, view_of(value))});
}

void row_buffer::collect(const std::string& key, fresh_rows& out) const {
  if (const auto found = newest_.find(hashed_key{key, xxh3_64(key)}); found != newest_.end())
    out.insert_or_assign(key, copy_of(*found->row));
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
  for (const auto& [key, changed] : rows)
    merge(key, changed);
}

void row_buffer::merge(const std::string& key, const staged_row& changed) {
  const hashed_key wanted{key, xxh3_64(key)};
  const auto found = newest_.find(wanted);
  if (found == newest_.end() || found->row->home != waiting_.get()) {
    auto& row = waiting_->add(key, wanted.hash, view_of(changed.value), changed.is_new);
    if (found == newest_.end())
      newest_.insert(place{&row});
    else
      found->row = &row;
    if (keys::is_listed(key))
      listed_waiting_.add(row);
    return;
  }
  auto& known = *found->row;
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
  const auto found = newest_.find(hashed_key{row.key(), row.hash});
  if (found == newest_.end() || found->row != &row)
    return; // something newer waits
  if (keys::is_looked_up(row.key()))
    found->row = &young_->add(row.key(), row.hash, row.value());
  else
    newest_.erase(found);
}

bool row_buffer::note_written(std::size_t most) {
  const auto& rows = writing_->rows();
  if (noted_ == rows.size())
    return young_->rows().size() < most_young || forget(most);
  for (const auto last = std::min(rows.size(), noted_ + most); noted_ < last; ++noted_)
    note_written(*rows[noted_]);
  return false;
}

row_buffer::remains row_buffer::end() {
  noted_ = 0;
  return {std::exchange(writing_, nullptr), std::exchange(listed_writing_, {})};
}

} // namespace weir::storage
