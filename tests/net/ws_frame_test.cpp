#define CAF_SUITE net.ws_frame

#include "net/ws_frame.hpp"

#include "support/weir_test.hpp"

#include <string_view>

using namespace weir;
using namespace weir::net;
using namespace std::string_view_literals;

CAF_TEST(the examples of RFC 6455 5 7 begin like this) {
  CAF_CHECK_EQUAL(ws_frame_head(5, false), "\x81\x05"sv); // "Hello"
  CAF_CHECK_EQUAL(ws_frame_head(256, true), "\x82\x7e\x01\x00"sv);
  CAF_CHECK_EQUAL(ws_frame_head(65'536, true), "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"sv);
}

CAF_TEST(a length takes as few bytes as it can) {
  CAF_CHECK_EQUAL(ws_frame_head(0, false), "\x81\x00"sv);
  CAF_CHECK_EQUAL(ws_frame_head(125, false), "\x81\x7d"sv);
  CAF_CHECK_EQUAL(ws_frame_head(126, false), "\x81\x7e\x00\x7e"sv);
  CAF_CHECK_EQUAL(ws_frame_head(65'535, false), "\x81\x7e\xff\xff"sv);
  CAF_CHECK_EQUAL(ws_frame_head(0x0102030405060708, false), "\x81\x7f\x01\x02\x03\x04\x05\x06\x07\x08"sv);
}
