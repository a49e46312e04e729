#include "storage/row_lists.hpp"

#include "domain/hash.hpp"
#include "domain/prefetch.hpp"
#include "storage/view_keys.hpp"

namespace weir::storage {

namespace {

constexpr std::size_t bucket_count = 32'768; ///< a power of two; a window has up to twice as many rows

std::size_t bucket_of(std::string_view list) {
  return xxh3_64(list) & (bucket_count - 1);
}

} // namespace

void row_lists::add(kept_row& row) {
  if (buckets_.empty())
    buckets_.resize(bucket_count);
  auto& first = buckets_[bucket_of(keys::list_of(row.key()))];
  row.next_listed = first;
  first = &row;
}

void row_lists::bring_near(std::string_view key) const {
  if (!buckets_.empty())
    prefetch(buckets_.data() + bucket_of(keys::list_of(key)), 1);
}

void row_lists::each(std::string_view list, const visitor& visit) const {
  if (buckets_.empty())
    return;
  for (const auto* row = buckets_[bucket_of(list)]; row != nullptr; row = row->next_listed)
    if (!row->is_dropped && row->key().starts_with(list))
      visit(*row);
}

} // namespace weir::storage
