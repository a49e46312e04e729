#define CAF_SUITE domain.hash
#include "domain/hash.hpp"

#include "support/weir_test.hpp"

using namespace weir;

// Stored data and other nodes depend on these very values.
CAF_TEST(the hash is pinned) {
  CAF_CHECK_EQUAL(hex16(xxh3_64("")), "2d06800538d394c2");
  CAF_CHECK(xxh3_64("a") != xxh3_64("b"));
}

CAF_TEST(hex keeps leading zeros and all bits) {
  CAF_CHECK_EQUAL(hex16(0), "0000000000000000");
  CAF_CHECK_EQUAL(hex16(0xabc), "0000000000000abc");
  CAF_CHECK_EQUAL(hex16(0xffff'ffff'ffff'fffe), "fffffffffffffffe");
}
