#define CAF_SUITE sinks.public_address
#include "sinks/public_address.hpp"

#include "support/weir_test.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>

using namespace weir::sinks;

namespace {

bool is_public(const std::string& text) {
  if (text.find(':') == std::string::npos) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    CAF_REQUIRE_EQUAL(inet_pton(AF_INET, text.c_str(), &address.sin_addr), 1);
    return is_public_address(reinterpret_cast<const sockaddr&>(address));
  }
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  CAF_REQUIRE_EQUAL(inet_pton(AF_INET6, text.c_str(), &address.sin6_addr), 1);
  return is_public_address(reinterpret_cast<const sockaddr&>(address));
}

} // namespace

CAF_TEST(addresses of the internet are public) {
  for (const auto* text :
       {"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "169.253.255.255", "192.167.255.255", "198.17.255.255", "223.255.255.255", "2606:4700:4700::1111",
        "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"})
    CAF_CHECK_EQUAL(std::string{text} + (is_public(text) ? " public" : " special"), std::string{text} + " public");
}

CAF_TEST(addresses of this machine and of its network are not ) {
  for (const auto* text : {"0.0.0.0",
                           "10.0.0.1",
                           "100.64.0.1",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.1",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.168.1.1",
                           "198.18.0.1",
                           "198.19.0.1",
                           "203.0.113.9",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fd00::1",
                           "ff02::1",
                           "2001:db8::1",
                           "2001::1",
                           "::ffff:127.0.0.1",
                           "::127.0.0.1",
                           "::ffff:a00:1",
                           "64:ff9b::a9fe:a9fe",
                           "2002:7f00:1::",
                           "fec0::1"})
    CAF_CHECK_EQUAL(std::string{text} + (is_public(text) ? " public" : " special"), std::string{text} + " special");
}

CAF_TEST(other kinds of addresses are not public) {
  sockaddr address{};
  address.sa_family = AF_UNIX;
  CAF_CHECK(!is_public_address(address));
}
