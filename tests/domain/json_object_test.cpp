#define CAF_SUITE domain.json_object
#include "domain/json_object.hpp"

#include "domain/event.hpp"
#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;

namespace {

json_object read(std::string_view text) {
  auto found = json_object::read(text);
  CAF_REQUIRE(found.has_value());
  return *std::move(found);
}

std::string why(const result<std::string>& answer) {
  CAF_REQUIRE(!answer);
  CAF_CHECK(answer.error().code == errc::validation_failed);
  return answer.error().detail;
}

} // namespace

CAF_TEST(strings are found by name without their escapes) {
  const std::string text =
      R"( { "a" : "one" , "b\u0041":"\"two\"\u00e9\ud83d\ude00","":"", "a/b":1, "o":{"a":"inner"},"l":[] } )";
  const auto object = read(text);
  CAF_CHECK_EQUAL(object.string("a").value(), "one");
  CAF_CHECK_EQUAL(object.string("bA").value(), "\"two\"é😀");
  CAF_CHECK_EQUAL(object.string("").value(), "");
  CAF_CHECK_EQUAL(why(object.string("c")), "/c: expected string, found nothing");
  CAF_CHECK_EQUAL(why(object.string("a/b")), "/a~1b: expected string, found number");
  CAF_CHECK_EQUAL(why(object.string("o")), "/o: expected string, found object");
  CAF_CHECK_EQUAL(why(object.string("l")), "/l: expected string, found array");
}

CAF_TEST(of two members with one name the last counts) {
  const auto twice = read(R"({"a":"one","b":1,"\u0061":"two","b":2,"c":3})");
  CAF_CHECK_EQUAL(twice.string("a").value(), "two");
  CAF_CHECK_EQUAL(twice.with({{"d", "4"}}), R"({"a":"two","b":2,"c":3,"d":4})");
  std::string many = "{";
  for (auto n = 0; n < 200; ++n)
    many += (n == 0 ? "\"m" : ",\"m") + std::to_string(n % 100) + "\":" + std::to_string(n);
  many += '}';
  const auto last = read(many).with({});
  CAF_CHECK(last.starts_with("{\"m0\":100,\"m1\":101,"));
  CAF_CHECK(last.ends_with(",\"m99\":199}"));
}

CAF_TEST(members stand last in place of those of their names and all others keep their bytes) {
  const std::string text =
      R"({ "z": 1.50e+1, "o" : {"b" : [ 1 , 2 ]},"n":12345678901234567890123,"a":2, "q\"":"\u0041" })";
  const auto object = read(text);
  CAF_CHECK_EQUAL(
      object.with({{"a", "true"}, {"new", "[1]"}}),
      R"({"z":1.50e+1,"o":{"b" : [ 1 , 2 ]},"n":12345678901234567890123,"q\"":"\u0041","a":true,"new":[1]})");
  CAF_CHECK_EQUAL(object.with({}),
                  R"({"z":1.50e+1,"o":{"b" : [ 1 , 2 ]},"n":12345678901234567890123,"a":2,"q\"":"\u0041"})");
  CAF_CHECK_EQUAL(read("{}").with({}), "{}");
  CAF_CHECK_EQUAL(read("{}").with({{"a\n", json_string("b\"\x01")}}), R"({"a\n":"b\"\u0001"})");
}

CAF_TEST(two objects do not disturb each other) {
  const std::string one = R"({"a":"1","x":"y\u0041"})";
  const auto first = read(one);
  const auto second = read(R"({"somewhat":"longer","than":"the first","and":"with more","members":"in it"})");
  CAF_CHECK_EQUAL(first.string("x").value(), "yA");
  CAF_CHECK_EQUAL(first.with({}), one);
  CAF_CHECK_EQUAL(second.string("than").value(), "the first");
}

CAF_TEST(what is no object is refused) {
  for (const auto* other : {"[]", "1", "null", "\"{}\""})
    CAF_CHECK(json_object::read(other).error().code == errc::validation_failed);
  for (const auto* broken : {"", "{", "{\"a\"}", "{} {}", "{\"a\":1,}", "{\"a\":\"\x01\"}"})
    CAF_CHECK(json_object::read(broken).error().code == errc::malformed_json);
  std::string deep = "1";
  for (std::size_t level = 0; level < json_object::max_depth + 30; ++level)
    deep = "[" + deep + "]";
  CAF_CHECK(!json_object::read("{\"a\":" + deep + "}"));
}

CAF_TEST(an event has an object when its payload is one) {
  event ev;
  CAF_CHECK_EQUAL(ev.object().error().detail, "the payload is not JSON");
  ev.kind = payload_kind::json;
  ev.payload = "[1]";
  CAF_CHECK_EQUAL(ev.object().error().detail, "the payload is not a JSON object");
  ev.payload = R"({"a":"b"})";
  CAF_CHECK_EQUAL(ev.object().value().string("a").value(), "b");
}
