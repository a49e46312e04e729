#define CAF_SUITE domain.uuid
#include "domain/uuid.hpp"

#include "support/weir_test.hpp"

#include <string>

using std::chrono::milliseconds;
using weir::timestamp;

CAF_TEST(equal names give equal UUIDs of version 5) {
  auto id = weir::uuid_v5("api\nevent-1\nfeedback\n0");
  CAF_CHECK_EQUAL(id.size(), std::size_t{36});
  CAF_CHECK_EQUAL(id[14], '5');
  CAF_CHECK(std::string{"89ab"}.find(id[19]) != std::string::npos);
  CAF_CHECK_EQUAL(id, weir::uuid_v5("api\nevent-1\nfeedback\n0"));
  CAF_CHECK(id != weir::uuid_v5("api\nevent-1\nfeedback\n1"));
}

CAF_TEST(the namespace of derived ids stays the same) {
  CAF_CHECK_EQUAL(weir::uuid_v5("weir"), "faeaa844-5184-5992-8033-b79e078534a1");
  // Around the blocks of SHA-1; told by uuid.uuid5 of Python.
  CAF_CHECK_EQUAL(weir::uuid_v5(""), "92223f0b-2ffd-597b-a9e4-41d4f4c382a3");
  CAF_CHECK_EQUAL(weir::uuid_v5(std::string(39, 'x')), "56c43f2f-1c6e-57e3-923c-b6943c22ae42");
  CAF_CHECK_EQUAL(weir::uuid_v5(std::string(40, 'x')), "a7ff208d-c702-5044-a465-3286800225b9");
  CAF_CHECK_EQUAL(weir::uuid_v5(std::string(200, 'x')), "5d6549c8-72da-59a7-bda9-601c081852c8");
}

CAF_TEST(a UUID of version 7 has the layout of RFC 9562) {
  // The example of RFC 9562, appendix A.6.
  timestamp at{milliseconds{0x017F22E279B0}};
  CAF_CHECK_EQUAL(weir::uuid_v7(at, {0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F}),
                  "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

CAF_TEST(a UUID of version 7 sorts by time and keeps all random bits) {
  std::array<std::uint8_t, 10> high;
  high.fill(0xff);
  auto earlier = weir::uuid_v7(timestamp{milliseconds{1000}}, high);
  auto later = weir::uuid_v7(timestamp{milliseconds{1001}}, {});
  CAF_CHECK(earlier < later);
  CAF_CHECK_EQUAL(earlier, "00000000-03e8-7fff-bfff-ffffffffffff");
  CAF_CHECK_EQUAL(weir::uuid_v7(timestamp{milliseconds{-5}}, {}), "00000000-0000-7000-8000-000000000000");
}
