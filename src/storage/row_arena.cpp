#include "storage/row_arena.hpp"

#include <cstring>
#include <new>
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

std::string_view row_arena::copy(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes.empty())
    return {};
  auto* place = static_cast<char*>(memory_.allocate(bytes.size(), 1));
  std::memcpy(place, bytes.data(), bytes.size());
  return {place, bytes.size()};
}

kept_row& row_arena::add(std::string_view key, std::uint64_t hash, std::optional<std::string_view> value, bool is_new) {
  auto* row = new (memory_.allocate(sizeof(kept_row), alignof(kept_row))) kept_row;
  row->key = copy(key);
  if (value)
    row->value = copy(*value);
  row->hash = hash;
  row->home = this;
  row->is_new = is_new;
  rows_.push_back(row);
  return *row;
}

void row_arena::change(kept_row& row, std::optional<std::string_view> value) {
  if (!value) {
    row.value.reset();
    return;
  }
  if (!row.value || row.value->size() < value->size()) {
    row.value = copy(*value);
    return;
  }
  // Its own bytes, which nobody else changes: this arena allocated them.
  auto* place = const_cast<char*>(row.value->data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
  if (!value->empty())
    std::memcpy(place, value->data(), value->size());
  row.value = std::string_view{place, value->size()};
}

void row_arena::drop(kept_row& row) {
  row.is_dropped = true;
  ++dropped_;
}

} // namespace weir::storage
