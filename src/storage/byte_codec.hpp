#pragma once

#include "domain/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// How numbers and texts stand on disk: docs/storage-format.md.
namespace weir::storage {

/// Appends to a string that the caller owns.
class encoder {
public:
  explicit encoder(std::string& out) : out_(out) {}

  void u8(std::uint8_t value) {
    out_.push_back(static_cast<char>(value));
  }
  void u32(std::uint32_t value);     ///< little endian
  void u64(std::uint64_t value);     ///< little endian
  void number(std::uint64_t value);  ///< LEB128, 1 to 10 bytes
  void text(std::string_view bytes); ///< number of bytes, then the bytes
  void time(timestamp at);           ///< microseconds since 1970 as u64, two's complement
  void raw(std::string_view bytes) {
    out_.append(bytes);
  }

private:
  std::string& out_;
};

/// Reads what an encoder wrote. After the first read past the end or broken
/// number everything reads as zero and `sound()` is false.
class decoder {
public:
  explicit decoder(std::string_view bytes) : left_(bytes) {}

  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::uint64_t number();
  std::string_view text();
  std::string string() {
    return std::string{text()};
  }
  timestamp time();

  /// A count of things of at least one byte each: never more than bytes left.
  std::size_t count();

  [[nodiscard]] bool sound() const noexcept {
    return sound_;
  }
  /// Sound, and nothing is left over.
  [[nodiscard]] bool finished() const noexcept {
    return sound_ && left_.empty();
  }
  [[nodiscard]] std::string_view rest() const noexcept {
    return left_;
  }

private:
  std::string_view take(std::size_t bytes);
  std::string_view left_;
  bool sound_ = true;
};

} // namespace weir::storage
