#include "storage/row_arena.hpp"

#include <cstring>
#include <memory>
#include <type_traits>

namespace weir::storage {

namespace {

constexpr std::size_t first_block = std::size_t{16} << 10;

} // namespace

row_arena::row_arena() : memory_(first_block) {
  // nop
}

// Rows need no destructor: their memory goes with the resource.
static_assert(std::is_trivially_destructible_v<kept_row>);

row_arena::~row_arena() = default;

char* row_arena::copy(std::string_view bytes) {
  bytes_ += bytes.size();
  auto* place = static_cast<char*>(memory_.allocate(bytes.size() + 1, 1)); // one more: never nothing
  if (!bytes.empty())
    std::memcpy(place, bytes.data(), bytes.size());
  return place;
}

void row_arena::put(kept_row& row, std::string_view value) {
  row.place = copy(value);
  row.value_bytes = static_cast<std::uint32_t>(value.size());
  row.has_value = true;
}

kept_row& row_arena::add(std::string_view key, std::uint64_t hash, std::optional<std::string_view> value, bool is_new) {
  bytes_ += key.size();
  auto* place = memory_.allocate(sizeof(kept_row) + key.size(), alignof(kept_row));
  auto* row = std::construct_at(static_cast<kept_row*>(place));
  if (!key.empty())
    std::memcpy(row + 1, key.data(), key.size());
  row->key_bytes = static_cast<std::uint32_t>(key.size());
  if (value)
    put(*row, *value);
  row->hash = hash;
  row->home = this;
  row->is_new = is_new;
  rows_.push_back(row);
  return *row;
}

void row_arena::change(kept_row& row, std::optional<std::string_view> value) {
  if (!value) {
    row.has_value = false;
  } else if (!row.has_value || row.value_bytes < value->size()) {
    put(row, *value);
  } else {
    if (!value->empty())
      std::memcpy(row.place, value->data(), value->size());
    row.value_bytes = static_cast<std::uint32_t>(value->size());
  }
}

void row_arena::drop(kept_row& row) {
  row.is_dropped = true;
  ++dropped_;
}

} // namespace weir::storage
