#define CAF_SUITE domain.json_path
#include "domain/rules/json_path.hpp"

#include "support/weir_test.hpp"

using namespace weir::rules;
using nlohmann::json;

namespace {

json_path path_of(const std::string& text) {
  auto read = json_path::parse(text);
  CAF_REQUIRE(read.has_value());
  return *read;
}

} // namespace

CAF_TEST(a place is a pointer or a bare name) {
  const auto document = json::parse(R"({"a":{"b":[1,{"c":2}]},"x/y":3,"m~n":4,"":5,"a.b":6})");
  const std::pair<const char*, const char*> table[] = {
      {"/a/b/0", "1"},
      {"/a/b/1/c", "2"},
      {"/x~1y", "3"},
      {"/m~0n", "4"},
      {"/", "5"},
      {"a.b", "6"},
      {"a", R"({"b":[1,{"c":2}]})"},
  };
  for (const auto& [text, found] : table) {
    const auto* value = path_of(text).find(document);
    CAF_REQUIRE(value != nullptr);
    CAF_CHECK_EQUAL(value->dump(), found);
  }
  CAF_CHECK(path_of("").find(document) == &document);
  for (const auto* text : {"/a/c", "/a/b/2", "/a/b/01", "/a/b/-", "/a/b/0/x", "b", "/a/b/99999999999999999999"})
    CAF_CHECK(path_of(text).find(document) == nullptr);
}

CAF_TEST(a bad pointer is refused) {
  std::string long_one;
  for (int i = 0; i < 17; ++i)
    long_one += "/a";
  CAF_CHECK(!json_path::parse("/a~").has_value());
  CAF_CHECK(!json_path::parse("/a~2").has_value());
  CAF_CHECK(!json_path::parse(long_one).has_value());
  CAF_CHECK(json_path::parse(long_one.substr(2)).has_value());
}

CAF_TEST(a value is put and what it needs on the way is made) {
  struct row {
    const char* before;
    const char* path;
    const char* after; ///< or what is in the way
  };
  const row table[] = {
      {"null", "/a/b", R"({"a":{"b":7}})"},
      {R"({"a":null})", "/a/b", R"({"a":{"b":7}})"},
      {R"({"a":1})", "a", R"({"a":7})"},
      {R"({"a":1})", "", "7"},
      {"[1,2]", "/0", "[7,2]"},
      {"[1,2]", "/2", "[1,2,7]"},
      {"[1,2]", "/-", "[1,2,7]"},
      {"[1]", "/-/a", R"([1,{"a":7}])"},
      {"[1,2]", "/3", "a list of 2 has no place for that index"},
      {"[1,2]", "/x", "a list of 2 has no place for that index"},
      {R"({"a":"text"})", "/a/b", "a string stands in the way"},
      {"5", "/a", "a number stands in the way"},
  };
  for (const auto& [before, path, after] : table) {
    auto document = json::parse(before);
    const auto obstacle = path_of(path).put(document, 7);
    CAF_CHECK_EQUAL(obstacle.value_or(document.dump()), after);
  }
}

CAF_TEST(a value is taken out of objects and lists) {
  auto document = json::parse(R"({"a":{"b":[1,2,3]},"c":4})");
  CAF_CHECK_EQUAL(path_of("/a/b/1").take(document)->dump(), "2");
  CAF_CHECK_EQUAL(path_of("c").take(document)->dump(), "4");
  CAF_CHECK(!path_of("/c/d").take(document).has_value());
  CAF_CHECK(!path_of("/a/b/2").take(document).has_value());
  CAF_CHECK_EQUAL(document.dump(), R"({"a":{"b":[1,3]}})");
  CAF_CHECK_EQUAL(path_of("").take(document)->dump(), R"({"a":{"b":[1,3]}})");
  CAF_CHECK(document.is_null());
}

CAF_TEST(a place is shown as a pointer) {
  CAF_CHECK_EQUAL(path_of("a/b").text(), "/a~1b");
  CAF_CHECK_EQUAL(path_of("/a/m~0n").text(), "/a/m~0n");
  CAF_CHECK_EQUAL(path_of("").text(), "the document");
}
