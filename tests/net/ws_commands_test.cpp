#define CAF_SUITE net.ws_commands

#include "net/ws_commands.hpp"

#include "support/weir_test.hpp"

#include <string>

using namespace weir;
using namespace weir::net;

namespace {

template <class T>
T parse(std::string_view text) {
  auto got = parse_ws_command(text);
  if (auto bad = std::get_if<ws_bad_frame>(&got))
    CAF_FAIL(bad->why.detail);
  return std::get<T>(std::get<ws_command>(got));
}

ws_bad_frame refused(std::string_view text) {
  auto got = parse_ws_command(text);
  if (!std::holds_alternative<ws_bad_frame>(got))
    CAF_FAIL("accepted: " << std::string{text});
  return std::get<ws_bad_frame>(got);
}

} // namespace

CAF_TEST(connect carries token and batch) {
  auto got = parse<ws_connect>(R"({"op":"connect","id":1,"token":"t","client":{"name":"web"},"batch":true,"new":[1]})");
  CAF_CHECK_EQUAL(got.id, 1u);
  CAF_CHECK_EQUAL(got.token.value_or(""), "t");
  CAF_CHECK(got.batch);
  CAF_CHECK_EQUAL(got.client, "web");
}

CAF_TEST(subscribe reads all three starts) {
  CAF_CHECK(std::holds_alternative<start_live>(parse<ws_subscribe>(R"({"op":"subscribe","id":2,"job":"j"})").after));
  CAF_CHECK(std::holds_alternative<start_earliest>(
      parse<ws_subscribe>(R"({"op":"subscribe","id":2,"job":"j","after":"earliest"})").after));
  auto at = parse<ws_subscribe>(R"({"op":"subscribe","id":2,"job":"j","after":{"epoch":"k3","seq":1040}})").after;
  CAF_REQUIRE(std::holds_alternative<stream_position>(at));
  CAF_CHECK(std::get<stream_position>(at) == (stream_position{"k3", 1040}));
}

CAF_TEST(subscribe reads filters and window) {
  auto got = parse<ws_subscribe>(
      R"({"op":"subscribe","id":2,"job":"j","filter":[{"prefix":{"type":"item."}},{"exact":{"type":"x"}}],"window":8,"ack":"client"})");
  CAF_REQUIRE_EQUAL(got.types.size(), 2u);
  CAF_CHECK_EQUAL(got.types[0], "item.*");
  CAF_CHECK_EQUAL(got.types[1], "x");
  CAF_CHECK_EQUAL(got.window, 8u);
  CAF_CHECK(got.client_acks);
}

CAF_TEST(publish keeps the bytes of the data) {
  auto got =
      parse<ws_publish>(R"({"op":"publish","id":3,"job":"j","type":"t","data":{"n": 1.50, "e":1E+2},"key":"k"})");
  CAF_CHECK_EQUAL(got.native, R"({"jobId":"j","type":"t","data":{"n": 1.50, "e":1E+2}})");
  CAF_CHECK_EQUAL(got.key, "k");
}

CAF_TEST(publish passes the members of an event on) {
  auto got = parse<ws_publish>(
      R"({"op":"publish","job":"j\"","type":"t","source":"s","seq":7,"eventId":"e","data":"\u00e9"})");
  CAF_CHECK_EQUAL(got.native, R"({"jobId":"j\"","type":"t","source":"s","id":"e","seq":7,"data":"\u00e9"})");
}

CAF_TEST(pong has two spellings) {
  static_cast<void>(parse<ws_pong>(R"({"pong":1})"));
  static_cast<void>(parse<ws_pong>(R"({"op":"pong"})"));
}

CAF_TEST(frames that are no JSON object are malformed) {
  for (auto text :
       {"", "x", "[]", "1", "{", R"({"op":1})", "{}", R"({"op":"ping"} {})", "{\"op\":\"ping\",\"x\":\"\xff\"}"})
    CAF_CHECK(refused(text).malformed);
  CAF_CHECK(refused(std::string_view{"{\"op\":\"ping\"}\0", 14}).malformed);
}

CAF_TEST(deep frames are malformed) {
  CAF_CHECK(refused(R"({"op":"ping","x":)" + std::string(30'000, '[') + std::string(30'000, ']') + "}").malformed);
}

CAF_TEST(wrong members are answered under their number) {
  auto bad = refused(R"({"op":"subscribe","id":9,"job":5})");
  CAF_CHECK(!bad.malformed);
  CAF_CHECK_EQUAL(bad.id, 9u);
  CAF_CHECK(bad.why.code == errc::bad_request);
  for (auto text :
       {R"({"op":"subscribe","id":9})", R"({"op":"subscribe","id":9,"job":"j","after":5})",
        R"({"op":"subscribe","id":9,"job":"j","after":{"epoch":"k"}})",
        R"({"op":"subscribe","id":9,"job":"j","ack":"x"})",
        R"({"op":"subscribe","id":9,"job":"j","filter":[{"sql":"x"}]})", R"({"op":"ack","id":9,"sub":1})",
        R"({"op":"ack","id":9,"sub":4294967296,"seq":1})", R"({"op":"subscribe","id":9,"job":"j","window":0})"})
    CAF_CHECK_EQUAL(refused(text).id, 9u);
}

CAF_TEST(an unknown op is unsupported) {
  CAF_CHECK(refused(R"({"op":"dance","id":4})").why.code == errc::unsupported);
}
