#include "net/ws_frame.hpp"

namespace weir::net {

namespace {

constexpr std::uint64_t most_in_one_byte = 125;
constexpr std::uint64_t most_in_two_bytes = 0xffff;

void append_big_endian(std::string& out, std::uint64_t number, unsigned bytes) {
  for (auto left = bytes; left > 0; --left)
    out += static_cast<char>(number >> (8 * (left - 1)) & 0xff);
}

} // namespace

std::string ws_frame_head(std::uint64_t payload_bytes, bool binary) {
  std::string out{binary ? '\x82' : '\x81'};
  if (payload_bytes <= most_in_one_byte) {
    append_big_endian(out, payload_bytes, 1);
  } else if (payload_bytes <= most_in_two_bytes) {
    out += '\x7e';
    append_big_endian(out, payload_bytes, 2);
  } else {
    out += '\x7f';
    append_big_endian(out, payload_bytes, 8);
  }
  return out;
}

} // namespace weir::net
