#include "storage/pending_counts.hpp"

#include "domain/hash.hpp"
#include "storage/view_keys.hpp"

namespace weir::storage {

void pending_counts::added(std::string_view key) {
  ++counts_[xxh3_64(keys::list_of(key))];
}

void pending_counts::removed(std::string_view key) {
  const auto found = counts_.find(xxh3_64(keys::list_of(key)));
  if (found == counts_.end())
    is_reliable_ = false;
  else if (--found->second == 0)
    counts_.erase(found);
}

bool pending_counts::is_none(std::string_view prefix) const {
  return is_reliable_ && !counts_.contains(xxh3_64(prefix));
}

} // namespace weir::storage
