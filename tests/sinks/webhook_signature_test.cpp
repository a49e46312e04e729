#define CAF_SUITE sinks.webhook_signature
#include "sinks/webhook_signature.hpp"

#include "support/weir_test.hpp"

#include <algorithm>

using namespace weir;
using namespace weir::sinks;

namespace {

constexpr auto secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto body = R"({"test": 2432232314})";
const timestamp when{std::chrono::seconds{1'614'265'330}};

webhook_key key(std::string_view text = secret) {
  auto read = parse_webhook_secret(text);
  CAF_REQUIRE(read.has_value());
  return *read;
}

} // namespace

// Computed with Python's hmac and hashlib from the same secret, id and time.
CAF_TEST(a signature is the one that others compute) {
  const auto made = sign_webhook({key()}, "msg_p5jXN8AQM9LWM0D4loKWxJek", when, body);
  CAF_CHECK_EQUAL(made.timestamp, "1614265330");
  CAF_CHECK_EQUAL(made.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

CAF_TEST(a signed request is accepted and a changed one is not ) {
  const auto good = sign_webhook({key()}, "msg_1", when, body);
  CAF_CHECK(verify_webhook({key()}, good, body, when).has_value());
  CAF_CHECK(!verify_webhook({key()}, good, std::string{body} + " ", when));
  CAF_CHECK(!verify_webhook({std::string(32, 'x')}, good, body, when));
  auto changed = good;
  changed.id = "msg_2";
  CAF_CHECK(!verify_webhook({key()}, changed, body, when));
  changed = good;
  changed.timestamp = "1614265331";
  CAF_CHECK(!verify_webhook({key()}, changed, body, when));
  for (const auto* signature :
       {"", "v1", "v1,", "v1,????", "v2,g0hM", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}) {
    changed = good;
    changed.signature = signature;
    CAF_CHECK(!verify_webhook({key()}, changed, body, when));
  }
}

CAF_TEST(a timestamp counts five minutes either way) {
  using namespace std::chrono_literals;
  const auto made = sign_webhook({key()}, "msg_1", when, body);
  CAF_CHECK(verify_webhook({key()}, made, body, when + 300s).has_value());
  CAF_CHECK(verify_webhook({key()}, made, body, when - 300s).has_value());
  CAF_CHECK(!verify_webhook({key()}, made, body, when + 301s));
  CAF_CHECK(!verify_webhook({key()}, made, body, when - 301s));
  for (const auto* text : {"", "soon", "-1", "1614265330.5", "99999999999999999999"}) {
    auto changed = made;
    changed.timestamp = text;
    CAF_CHECK(!verify_webhook({key()}, changed, body, when));
  }
}

CAF_TEST(while a secret changes both keys sign and either one verifies) {
  const webhook_key old_key(32, 'o');
  const webhook_key new_key(32, 'n');
  const auto made = sign_webhook({new_key, old_key}, "msg_1", when, body);
  CAF_CHECK_EQUAL(std::count(made.signature.begin(), made.signature.end(), ' '), 1);
  CAF_CHECK(verify_webhook({old_key}, made, body, when).has_value());
  CAF_CHECK(verify_webhook({new_key}, made, body, when).has_value());
  CAF_CHECK(verify_webhook({webhook_key(32, 'x'), old_key}, made, body, when).has_value());
  CAF_CHECK(!verify_webhook({webhook_key(32, 'x')}, made, body, when));
}

CAF_TEST(a secret is whsec and 24 to 64 bytes and is never repeated) {
  CAF_CHECK_EQUAL(key().size(), 24u);
  for (const auto* text : {"", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_geheim!", "whsec_QUJD",
                           "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}) {
    const auto refused = parse_webhook_secret(text);
    CAF_REQUIRE(!refused.has_value());
    CAF_CHECK(refused.error().code == errc::bad_config);
    CAF_CHECK(refused.error().detail.find("geheim") == std::string::npos);
    CAF_CHECK(refused.error().detail.find("MfKQ") == std::string::npos);
  }
}
