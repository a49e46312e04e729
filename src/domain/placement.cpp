#include "domain/placement.hpp"

#include "domain/hash.hpp"

#include <algorithm>

namespace weir {

std::uint32_t shard_of(std::string_view job, std::uint32_t shards) noexcept {
  return static_cast<std::uint32_t>(xxh3_64(job) % std::max<std::uint32_t>(shards, 1));
}

} // namespace weir
