#pragma once

#include "domain/hash.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::storage {

/// A key of the view with its hash, so that this is counted once however often the key is looked for. Does not own it.
struct hashed_key {
  hashed_key(std::string_view bytes, std::uint64_t known) noexcept : key(bytes), hash(known) {}
  hashed_key(std::string_view bytes) noexcept : hashed_key(bytes, xxh3_64(bytes)) {}
  hashed_key(const std::string& bytes) noexcept : hashed_key(std::string_view{bytes}) {}

  std::string_view key;
  std::uint64_t hash;
};

} // namespace weir::storage
