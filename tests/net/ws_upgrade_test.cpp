#define CAF_SUITE net.ws_upgrade

#include "net/ws_connection.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;

namespace {

http_request upgrade() {
  http_request out;
  out.method = "GET";
  out.remote = "10.0.0.9";
  out.headers = {{"host", "a:1"},
                 {"connection", "keep-alive, Upgrade"},
                 {"upgrade", "WebSocket"},
                 {"sec-websocket-version", "13"},
                 {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return out;
}

http_request with(std::string name, std::string value) {
  auto out = upgrade();
  std::erase_if(out.headers, [&](const header& h) { return h.name == name; });
  out.headers.push_back({std::move(name), std::move(value)});
  return out;
}

errc check(const http_request& request) {
  auto ok = check_upgrade(request, {});
  return ok ? errc{0} : ok.error().code;
}

const std::vector<access_token> tokens = {{"ann", "secret"}};

} // namespace

CAF_TEST(a proper upgrade passes) {
  CAF_CHECK(check(upgrade()) == errc{0});
}

CAF_TEST(what is no upgrade is told to upgrade) {
  CAF_CHECK(check(with("upgrade", "h2c")) == errc::upgrade_required);
  CAF_CHECK(check(with("connection", "close")) == errc::upgrade_required);
  CAF_CHECK(check(with("sec-websocket-version", "8")) == errc::upgrade_required);
}

CAF_TEST(keys and bodies and origins are checked) {
  CAF_CHECK(check(with("sec-websocket-key", "abc")) == errc::bad_request);
  CAF_CHECK(check(with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=a")) == errc::bad_request);
  CAF_CHECK(check(with("content-length", "5")) == errc::bad_request);
  CAF_CHECK(check(with("origin", "https://evil.example")) == errc::forbidden);
  CAF_CHECK(check(with("origin", "http://a:1")) == errc{0});
}

CAF_TEST(our subprotocol is chosen and only ours) {
  CAF_CHECK_EQUAL(choose_subprotocol(with("sec-websocket-protocol", "x, weir.v1.json")), "weir.v1.json");
  CAF_CHECK_EQUAL(choose_subprotocol(upgrade()), "");
  CAF_CHECK(check(with("sec-websocket-protocol", "graphql-ws")) == errc::bad_request);
}

CAF_TEST(a token may come as header or subprotocol) {
  auto peer = upgrade_peer(with("authorization", "Bearer secret"), tokens);
  CAF_REQUIRE(static_cast<bool>(peer));
  CAF_CHECK_EQUAL(peer->caller, "ann");
  // "secret" in base64url
  peer = upgrade_peer(with("sec-websocket-protocol", "weir.v1.json, weir.bearer.c2VjcmV0"), tokens);
  CAF_REQUIRE(static_cast<bool>(peer));
  CAF_CHECK_EQUAL(peer->caller, "ann");
  CAF_CHECK(peer->authenticated);
  CAF_CHECK(!upgrade_peer(with("authorization", "Bearer wrong"), tokens));
  CAF_CHECK(!upgrade_peer(with("sec-websocket-protocol", "weir.v1.json, weir.bearer.d3Jvbmc"), tokens));
}

CAF_TEST(without a token the connect frame must bring one) {
  auto peer = upgrade_peer(upgrade(), tokens);
  CAF_REQUIRE(static_cast<bool>(peer));
  CAF_CHECK(!peer->authenticated);
  peer = upgrade_peer(upgrade(), {});
  CAF_REQUIRE(static_cast<bool>(peer));
  CAF_CHECK(peer->authenticated);
  CAF_CHECK_EQUAL(peer->caller, "10.0.0.9");
}
