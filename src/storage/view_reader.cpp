#include "storage/view_state.hpp"

#include <algorithm>
#include <utility>

// One moment of the view.

namespace weir::storage {

namespace {

void visit_fresh(const row_buffer::fresh_rows& rows, std::string_view prefix, std::string_view from,
                 const view::reader::visitor& visit) {
  for (auto row = rows.lower_bound(from); row != rows.end() && row->first.starts_with(prefix); ++row)
    if (row->second && !visit(row->first, *row->second))
      return;
}

/// Rows of the tables, from where the iterator stands, and newer ones in one
/// order; of a key that both have, the newer one. Looks at the prefix itself:
/// the overlay's iterator does not know the bound.
void visit_both(rocksdb::Iterator& tables, const row_buffer::fresh_rows& rows, std::string_view prefix,
                std::string_view from, const view::reader::visitor& visit) {
  auto fresh = rows.lower_bound(from);
  for (bool goes_on = true; goes_on;) {
    const auto stored = tables.Valid() && tables.key().ToStringView().starts_with(prefix);
    const auto waits = fresh != rows.end() && fresh->first.starts_with(prefix);
    if (!stored && !waits)
      return;
    const auto order = !waits ? -1 : !stored ? 1 : tables.key().compare(fresh->first);
    if (order < 0)
      goes_on = visit(tables.key().ToStringView(), tables.value().ToStringView());
    else if (fresh->second)
      goes_on = visit(fresh->first, *fresh->second);
    if (order <= 0)
      tables.Next();
    if (order >= 0)
      ++fresh;
  }
}

} // namespace

view::reader::reader(const view& of)
    : of_(of), settled_(of.settle()), snapshot_(of.state_->overlay ? nullptr : of.state_->database->GetSnapshot()) {
  // nop
}

view::reader::reader(const view& of, const parts& which) : of_(of) {
  if (of.state_->overlay)
    return;
  const std::scoped_lock lock{of.state_->guard};
  settled_ = of.state_->failure;
  if (!settled_)
    return;
  for (const auto& key : which.keys)
    of.state_->rows.collect(key, fresh_);
  for (const auto& prefix : which.prefixes) {
    of.state_->rows.collect_under(prefix, fresh_);
    if (of.state_->rows.is_all(prefix))
      all_fresh_.push_back(prefix);
  }
  snapshot_ = of.state_->database->GetSnapshot();
}

view::reader::~reader() {
  if (snapshot_ != nullptr)
    of_.state_->database->ReleaseSnapshot(static_cast<const rocksdb::Snapshot*>(snapshot_));
}

result<std::optional<std::string>> view::reader::get(std::string_view key) const {
  if (!settled_)
    return settled_.error();
  if (snapshot_ == nullptr)
    return of_.get(key);
  if (const auto fresh = fresh_.find(key); fresh != fresh_.end())
    return fresh->second;
  rocksdb::ReadOptions how;
  how.snapshot = static_cast<const rocksdb::Snapshot*>(snapshot_);
  std::string value;
  const auto status = of_.state_->database->Get(how, slice(key), &value);
  return answer_of(status, std::move(value));
}

status view::reader::scan(std::string_view prefix, std::string_view from, const visitor& visit) const {
  if (!settled_)
    return settled_;
  if (std::find(all_fresh_.begin(), all_fresh_.end(), prefix) != all_fresh_.end()) {
    visit_fresh(fresh_, prefix, from, visit);
    return {};
  }
  const auto end = end_of_prefix(prefix);
  const auto upper = slice(end);
  rocksdb::ReadOptions how;
  how.snapshot = static_cast<const rocksdb::Snapshot*>(snapshot_);
  if (!end.empty())
    how.iterate_upper_bound = &upper;
  auto* rows = of_.state_->database->NewIterator(how);
  if (of_.state_->overlay)
    rows = of_.state_->overlay->NewIteratorWithBase(rows);
  const std::unique_ptr<rocksdb::Iterator> owner{rows};
  owner->Seek(slice(from));
  visit_both(*owner, fresh_, prefix, from, visit);
  if (!owner->status().ok())
    return view_error(owner->status());
  return {};
}

status view::reader::each(std::string_view prefix, std::string_view from, const careful_visitor& visit) const {
  status broken;
  auto scanned = scan(prefix, from, [&](std::string_view key, std::string_view value) {
    const auto go_on = visit(key, value);
    if (!go_on)
      broken = go_on.error();
    return go_on && *go_on;
  });
  return scanned ? broken : scanned;
}

result<std::optional<std::pair<std::string, std::string>>> view::reader::first(std::string_view prefix,
                                                                               std::string_view from) const {
  std::optional<std::pair<std::string, std::string>> found;
  auto scanned = scan(prefix, from, [&](std::string_view key, std::string_view value) {
    found.emplace(key, value);
    return false;
  });
  if (!scanned)
    return scanned.error();
  return found;
}

} // namespace weir::storage
