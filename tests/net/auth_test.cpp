#define CAF_SUITE net.auth

#include "net/auth.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;

namespace {

const std::vector<access_token> tokens = {{"ann", "secret-a"}, {"bob", "secret-b"}};

http_request with(std::vector<header> headers) {
  http_request out;
  out.headers = std::move(headers);
  out.remote = "10.0.0.9";
  return out;
}

} // namespace

CAF_TEST(a known secret gives the name of its token) {
  CAF_CHECK_EQUAL(match_token(tokens, "secret-b").value_or("none"), "bob");
  CAF_CHECK_EQUAL(match_token(tokens, "secret-").value_or("none"), "none");
  CAF_CHECK_EQUAL(match_token(tokens, "").value_or("none"), "none");
}

CAF_TEST(the bearer scheme is read in any case and others are not ) {
  CAF_CHECK(bearer_of("Bearer x") == "x");
  CAF_CHECK(bearer_of("bearer  x") == "x");
  CAF_CHECK(!bearer_of("Basic x"));
  CAF_CHECK(!bearer_of("Bearer "));
  CAF_CHECK(!bearer_of("Bearer"));
}

CAF_TEST(without tokens the address is the caller) {
  auto name = authenticate(with({}), {});
  CAF_REQUIRE(static_cast<bool>(name));
  CAF_CHECK_EQUAL(*name, "10.0.0.9");
}

CAF_TEST(with tokens a request needs a known one) {
  auto name = authenticate(with({{"authorization", "Bearer secret-a"}}), tokens);
  CAF_REQUIRE(static_cast<bool>(name));
  CAF_CHECK_EQUAL(*name, "ann");
  for (const auto& headers :
       {std::vector<header>{}, {{"authorization", "Bearer wrong"}}, {{"authorization", "secret-a"}}}) {
    auto refused = authenticate(with(headers), tokens);
    CAF_REQUIRE(!refused);
    CAF_CHECK(refused.error().code == errc::unauthenticated);
    CAF_CHECK(refused.error().detail.find("wrong") == std::string::npos);
  }
}

CAF_TEST(loopback names are recognised with and without port) {
  for (auto host : {"localhost", "LOCALHOST:80", "127.0.0.1", "127.1.2.3:9", "[::1]", "[::1]:7070"})
    CAF_CHECK(is_loopback_host(host));
  for (auto host : {"localhost.evil.example", "127.0.0.1.evil.example", "127.evil", "10.0.0.1", "evil", ""})
    CAF_CHECK(!is_loopback_host(host));
  CAF_CHECK(is_loopback_address("::ffff:127.0.0.1"));
}

CAF_TEST(a loopback listener serves loopback names and listed ones) {
  CAF_CHECK(host_allowed(with({{"host", "localhost:7071"}}), true, {}));
  CAF_CHECK(!host_allowed(with({{"host", "evil.example"}}), true, {}));
  CAF_CHECK(host_allowed(with({{"host", "weir.example:443"}}), true, {"weir.example"}));
  CAF_CHECK(host_allowed(with({{"host", "anything"}}), false, {}));
  CAF_CHECK(!host_allowed(with({{"host", "anything"}}), false, {"weir.example"}));
}

CAF_TEST(an origin must be absent or the own host or listed) {
  CAF_CHECK(origin_allowed(with({{"host", "a:1"}}), {}));
  CAF_CHECK(origin_allowed(with({{"host", "a:1"}, {"origin", "http://a:1"}}), {}));
  for (auto origin :
       {"http://a", "https://evil.example", "null", "http://a:1.evil.example", "http://a:1@evil", "a:1", ""})
    CAF_CHECK(!origin_allowed(with({{"host", "a:1"}, {"origin", origin}}), {}));
  CAF_CHECK(origin_allowed(with({{"host", "a:1"}, {"origin", "https://app.example"}}), {"https://app.example"}));
  CAF_CHECK(origin_allowed(with({{"host", "a:1"}, {"origin", "https://app.example"}}), {"*"}));
  CAF_CHECK(!origin_allowed(with({{"host", "a"}, {"origin", "http://a"}, {"origin", "http://a"}}), {}));
}

CAF_TEST(base64url goes both ways) {
  for (auto text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd"})
    CAF_CHECK_EQUAL(decode_base64url(encode_base64url(text)).value_or("damaged"), text);
  CAF_CHECK(!decode_base64url("a"));
  CAF_CHECK(!decode_base64url("ab+/"));
  CAF_CHECK(!decode_base64url("YQ=="));
}
