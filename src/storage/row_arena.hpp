#pragma once

#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

namespace weir::storage {

class row_arena;

/// A row of an arena. The bytes of the key follow it, so that to find a row is to touch as little memory as can be.
struct kept_row {
  char* place = nullptr;  ///< of the value's bytes
  std::uint64_t hash = 0; ///< of the key
  const row_arena* home = nullptr;
  kept_row* next_listed = nullptr; ///< see `row_lists`
  std::uint32_t key_bytes = 0;
  std::uint32_t value_bytes = 0;
  bool has_value = false;  ///< or it is known to be missing
  bool is_new = false;     ///< the tables never had a row under this key
  bool is_dropped = false; ///< came and went: as if it had never been here

  [[nodiscard]] std::string_view key() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), key_bytes};
  }
  /// Nothing: known to be missing.
  [[nodiscard]] std::optional<std::string_view> value() const noexcept {
    return has_value ? std::optional<std::string_view>{{place, value_bytes}} : std::nullopt;
  }
};

/// Rows in memory, one behind the other, that go all at once. Not thread-safe.
class row_arena {
public:
  row_arena();
  row_arena(const row_arena&) = delete;
  row_arena& operator=(const row_arena&) = delete;
  ~row_arena();

  /// Copies key and value, each of less than 4 GiB. The row stays where it is.
  kept_row& add(std::string_view key, std::uint64_t hash, std::optional<std::string_view> value, bool is_new = false);

  /// Another value for a row of this arena.
  void change(kept_row& row, std::optional<std::string_view> value);

  void drop(kept_row& row);

  /// In the order in which they came, dropped ones among them.
  [[nodiscard]] const std::vector<kept_row*>& rows() const noexcept {
    return rows_;
  }
  /// Rows without those that were dropped.
  [[nodiscard]] std::size_t size() const noexcept {
    return rows_.size() - dropped_;
  }
  /// Of keys and values, also of those that were changed or dropped since.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return bytes_;
  }

private:
  [[nodiscard]] char* copy(std::string_view bytes);
  void put(kept_row& row, std::string_view value);

  std::pmr::monotonic_buffer_resource memory_;
  std::vector<kept_row*> rows_;
  std::size_t dropped_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace weir::storage
