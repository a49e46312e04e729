#define CAF_SUITE net.idempotency

#include "net/idempotency.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::net;
using namespace std::chrono_literals;

CAF_TEST(quoted and bare keys are the same key) {
  CAF_CHECK_EQUAL(*parse_idempotency_key("\"8e03-1\""), "8e03-1");
  CAF_CHECK_EQUAL(*parse_idempotency_key(" 8e03-1 "), "8e03-1");
  CAF_CHECK_EQUAL(*parse_idempotency_key("\"a;b\";p=1"), "a;b");
}

CAF_TEST(escapes are undone) {
  CAF_CHECK_EQUAL(*parse_idempotency_key(R"("a\"b\\c")"), R"(a"b\c)");
}

CAF_TEST(broken keys are refused) {
  for (auto text : {"", "\"", "\"a", "\"\"", "\"a\"b", "\"a\\x\"", "\"a\\", "a\tb", "\xc3\xa9"})
    CAF_CHECK(!parse_idempotency_key(text));
  CAF_CHECK(!parse_idempotency_key(std::string(256, 'a')));
  CAF_CHECK(static_cast<bool>(parse_idempotency_key(std::string(255, 'a'))));
}

CAF_TEST(the fingerprint sees method and path and body) {
  auto one = request_fingerprint("POST", "/a", "b");
  CAF_CHECK_EQUAL(one.size(), 32u);
  CAF_CHECK_EQUAL(one, request_fingerprint("POST", "/a", "b"));
  CAF_CHECK(one != request_fingerprint("PUT", "/a", "b"));
  CAF_CHECK(one != request_fingerprint("POST", "/ab", ""));
  CAF_CHECK(one != request_fingerprint("POST", "/a", "c"));
}

CAF_TEST(the preferred wait is read and limited) {
  CAF_CHECK(preferred_wait("wait=5", 30s) == 5s);
  CAF_CHECK(preferred_wait("respond-async, Wait = 7", 30s) == 7s);
  CAF_CHECK(preferred_wait("wait=99999999", 30s) == 30s);
  CAF_CHECK(preferred_wait("wait=x", 30s) == 0s);
  CAF_CHECK(preferred_wait("wait=-1", 30s) == 0s);
  CAF_CHECK(preferred_wait("", 30s) == 0s);
}
