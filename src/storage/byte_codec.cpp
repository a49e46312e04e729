#include "storage/byte_codec.hpp"

#include <cstring>

namespace weir::storage {

namespace {

template <class T>
void append_little_endian(std::string& out, T value) {
  char bytes[sizeof(T)];
  for (auto& byte : bytes) {
    byte = static_cast<char>(value & 0xFFU);
    value >>= 8;
  }
  out.append(bytes, sizeof bytes);
}

template <class T>
T read_little_endian(std::string_view bytes) {
  T value = 0;
  for (auto i = bytes.size(); i-- > 0;)
    value = static_cast<T>(value << 8) | static_cast<std::uint8_t>(bytes[i]);
  return value;
}

} // namespace

void encoder::u32(std::uint32_t value) {
  append_little_endian(out_, value);
}

void encoder::u64(std::uint64_t value) {
  append_little_endian(out_, value);
}

void encoder::number(std::uint64_t value) {
  while (value >= 0x80) {
    u8(static_cast<std::uint8_t>(value | 0x80));
    value >>= 7;
  }
  u8(static_cast<std::uint8_t>(value));
}

void encoder::text(std::string_view bytes) {
  number(bytes.size());
  out_.append(bytes);
}

void encoder::time(timestamp at) {
  u64(static_cast<std::uint64_t>(at.time_since_epoch().count()));
}

std::string_view decoder::take(std::size_t bytes) {
  if (!sound_ || bytes > left_.size()) {
    sound_ = false;
    left_ = {};
    return {};
  }
  const auto taken = left_.substr(0, bytes);
  left_.remove_prefix(bytes);
  return taken;
}

std::uint8_t decoder::u8() {
  const auto bytes = take(1);
  return bytes.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(bytes.front());
}

std::uint32_t decoder::u32() {
  return read_little_endian<std::uint32_t>(take(sizeof(std::uint32_t)));
}

std::uint64_t decoder::u64() {
  return read_little_endian<std::uint64_t>(take(sizeof(std::uint64_t)));
}

std::uint64_t decoder::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = u8();
    value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0)
      return sound_ ? value : 0;
  }
  sound_ = false;
  return 0;
}

std::string_view decoder::text() {
  return take(number());
}

std::size_t decoder::count() {
  const auto wanted = number();
  if (wanted <= left_.size())
    return wanted;
  sound_ = false;
  return 0;
}

timestamp decoder::time() {
  return timestamp{std::chrono::microseconds{static_cast<std::int64_t>(u64())}};
}

} // namespace weir::storage
