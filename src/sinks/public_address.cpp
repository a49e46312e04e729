#include "sinks/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace weir::sinks {

namespace {

struct ipv4_range {
  std::uint32_t first;
  int bits;
};

/// The IANA registry of special-purpose addresses, what is not globally reachable.
constexpr std::array<ipv4_range, 15> special_ranges{{{0x00000000, 8},   // this network
                                                     {0x0A000000, 8},   // private
                                                     {0x64400000, 10},  // shared by carriers
                                                     {0x7F000000, 8},   // loopback
                                                     {0xA9FE0000, 16},  // link-local, metadata
                                                     {0xAC100000, 12},  // private
                                                     {0xC0000000, 24},  // protocol assignments
                                                     {0xC0000200, 24},  // documentation
                                                     {0xC0586300, 24},  // 6to4 relays
                                                     {0xC0A80000, 16},  // private
                                                     {0xC6120000, 15},  // benchmarks
                                                     {0xC6336400, 24},  // documentation
                                                     {0xCB007100, 24},  // documentation
                                                     {0xE0000000, 4},   // multicast
                                                     {0xF0000000, 4}}}; // reserved, broadcast

bool is_public_ipv4(std::uint32_t address) {
  return std::none_of(special_ranges.begin(), special_ranges.end(),
                      [address](const ipv4_range& range) { return (address ^ range.first) >> (32 - range.bits) == 0; });
}

std::uint32_t ipv4_at(const std::array<std::uint8_t, 16>& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         std::uint32_t{bytes[at + 3]};
}

bool is_public_ipv6(const std::array<std::uint8_t, 16>& bytes) {
  const auto begins = [&bytes](std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
  };
  if (begins({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}) || begins({0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}))
    return is_public_ipv4(ipv4_at(bytes, 12));
  if (begins({0x20, 0x02})) // 6to4
    return is_public_ipv4(ipv4_at(bytes, 2));
  // All that is assigned to the internet begins with 001; what is special in there is left out.
  const bool is_global = (bytes[0] & 0xe0) == 0x20;
  const bool is_documentation = begins({0x20, 0x01, 0x0d, 0xb8}) || begins({0x3f, 0xff});
  const bool is_protocol = begins({0x20, 0x01}) && (bytes[2] & 0xfe) == 0; // Teredo, ORCHID
  return is_global && !is_documentation && !is_protocol;
}

} // namespace

bool is_public_address(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in from{};
    std::memcpy(&from, &address, sizeof from);
    return is_public_ipv4(ntohl(from.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 from{};
    std::memcpy(&from, &address, sizeof from);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &from.sin6_addr, bytes.size());
    return is_public_ipv6(bytes);
  }
  return false;
}

} // namespace weir::sinks
