#pragma once

#include <cstdint>
#include <string_view>

namespace weir {

/// The shard of a job: xxh3_64 of its name modulo the number of shards.
/// Pinned: every node and every version answers alike.
/// @param shards at least 1.
[[nodiscard]] std::uint32_t shard_of(std::string_view job, std::uint32_t shards) noexcept;

} // namespace weir
