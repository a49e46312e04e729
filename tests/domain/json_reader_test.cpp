#define CAF_SUITE domain.json_reader
#include "domain/json_reader.hpp"

#include "domain/event.hpp"
#include "support/weir_test.hpp"

#include <cstdint>
#include <limits>
#include <string>

namespace {

weir::json_reader read(const char* text) {
  return weir::json_reader{std::make_shared<const nlohmann::json>(nlohmann::json::parse(text))};
}

template <class T>
std::string refusal(const weir::json_reader& reader, std::string_view pointer) {
  auto value = reader.get<T>(pointer);
  return value ? "accepted" : value.error().detail;
}

} // namespace

CAF_TEST(a pointer finds values in objects and arrays) {
  auto reader = read(R"({"a":[1,{"b":"x"}],"":7,"m~n":1,"p/q":2,"0":"key"})");
  CAF_CHECK_EQUAL(reader.get<std::string>("/a/1/b").value(), "x");
  CAF_CHECK_EQUAL(reader.get<std::int64_t>("/a/0").value(), 1);
  CAF_CHECK_EQUAL(reader.get<std::int64_t>("/").value(), 7);
  CAF_CHECK_EQUAL(reader.get<std::int64_t>("/m~0n").value(), 1);
  CAF_CHECK_EQUAL(reader.get<std::int64_t>("/p~1q").value(), 2);
  CAF_CHECK_EQUAL(reader.get<std::string>("/0").value(), "key");
  CAF_CHECK(reader.at("").is_object());
}

CAF_TEST(a pointer to nothing gives null) {
  auto reader = read(R"({"a":[1],"b":"text","~":1})");
  for (auto pointer :
       {"/x", "/a/1", "/a/-", "/a/00", "/a/01", "/a/+0", "/a/x", "/b/0", "a", "/~", "/~2", "/a/99999999999999999999"})
    CAF_CHECK(reader.at(pointer).is_null());
  CAF_CHECK(weir::json_reader{nullptr}.at("/a").is_null());
}

CAF_TEST(an error names pointer and types) {
  auto reader = read(R"({"score":"high","n":-1,"f":1.5})");
  CAF_CHECK_EQUAL(refusal<double>(reader, "/score"), "/score: expected number, found string");
  CAF_CHECK_EQUAL(refusal<double>(reader, "/none"), "/none: expected number, found nothing");
  CAF_CHECK_EQUAL(refusal<std::uint64_t>(reader, "/n"), "/n: expected non-negative integer, found number");
  CAF_CHECK_EQUAL(refusal<std::int64_t>(reader, "/f"), "/f: expected integer, found number");
  CAF_CHECK_EQUAL(refusal<bool>(reader, "/n"), "/n: expected boolean, found number");
  CAF_CHECK_EQUAL(refusal<std::string>(reader, ""), "the document: expected string, found object");
  CAF_CHECK(reader.get<bool>("/n").error().code == weir::errc::validation_failed);
}

CAF_TEST(numbers are given only where they fit) {
  auto reader = read(R"({"big":18446744073709551615,"min":-9223372036854775808,"whole":3,"t":true})");
  CAF_CHECK_EQUAL(reader.get<std::uint64_t>("/big").value(), std::numeric_limits<std::uint64_t>::max());
  CAF_CHECK(!reader.get<std::int64_t>("/big"));
  CAF_CHECK_EQUAL(reader.get<std::int64_t>("/min").value(), std::numeric_limits<std::int64_t>::min());
  CAF_CHECK(reader.get<double>("/whole").value() == 3.0);
  CAF_CHECK(reader.get<bool>("/t").value());
}

CAF_TEST(the payload of an event is read as JSON) {
  weir::event ev;
  ev.kind = weir::payload_kind::json;
  ev.payload = R"( {"itemId": "i1"} )";
  CAF_CHECK_EQUAL(ev.data().get<std::string>("/itemId").value(), "i1");
  auto copy = ev;
  CAF_CHECK(copy == ev);
  weir::event bytes;
  bytes.kind = weir::payload_kind::base64;
  bytes.payload = "AAAA";
  CAF_CHECK(bytes.data().root().is_null());
  CAF_CHECK(!(bytes == ev));
}
