#include "storage/row_order.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir::storage {

namespace {

struct ordered_row {
  std::uint64_t head; ///< of the key, behind what all keys of its kind share
  const kept_row* row;
};

/// Rows whose keys begin with the same letter.
struct kind_of_rows {
  std::string_view first;
  std::size_t shared = 0; ///< bytes that all of their keys begin with
  std::size_t rows = 0;
  std::size_t next = 0; ///< place for one more

  void count(std::string_view key) {
    if (rows++ == 0) {
      first = key;
      shared = key.size();
      return;
    }
    const auto most = std::min(shared, key.size());
    const auto differs = std::mismatch(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(most), first.begin());
    shared = static_cast<std::size_t>(differs.first - key.begin());
  }
};

std::size_t letter_of(std::string_view key) {
  return static_cast<std::uint8_t>(key.front());
}

/// The next eight bytes as a number that sorts like them. A shorter rest is as if zeros followed: equal heads decide
/// nothing.
std::uint64_t head_of(std::string_view rest) {
  std::uint64_t head = 0;
  std::memcpy(&head, rest.data(), std::min(rest.size(), sizeof head));
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(head);
}

} // namespace

std::vector<const kept_row*> in_order(const row_arena& rows) {
  std::array<kind_of_rows, 256> kinds{};
  for (const auto* row : rows.rows())
    if (!row->is_dropped)
      kinds[letter_of(row->key())].count(row->key());
  std::size_t next = 0;
  for (auto& kind : kinds) {
    kind.next = next;
    next += kind.rows;
  }
  std::vector<ordered_row> ordered(next);
  for (const auto* row : rows.rows()) {
    if (row->is_dropped)
      continue;
    auto& kind = kinds[letter_of(row->key())];
    ordered[kind.next++] = {head_of(row->key().substr(kind.shared)), row};
  }
  for (const auto& kind : kinds) {
    const auto end = ordered.begin() + static_cast<std::ptrdiff_t>(kind.next);
    std::sort(end - static_cast<std::ptrdiff_t>(kind.rows), end, [](const ordered_row& a, const ordered_row& b) {
      return a.head != b.head ? a.head < b.head : a.row->key() < b.row->key();
    });
  }
  std::vector<const kept_row*> out;
  out.reserve(ordered.size());
  for (const auto& next_row : ordered)
    out.push_back(next_row.row);
  return out;
}

} // namespace weir::storage
