#define CAF_SUITE domain.merge_patch
#include "domain/merge_patch.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

using namespace weir;

namespace {

struct row {
  const char* target;
  const char* patch;
  const char* wanted;
};

} // namespace

CAF_TEST(the examples of RFC 7396 come out as it says) {
  // Appendix A, all of it.
  const row table[] = {
      {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
      {R"({"a":"b"})", R"({"a":null})", R"({})"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
      {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
      {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
      {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
      {R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
      {R"({"a":"b"})", R"(["c"])", R"(["c"])"},
      {R"({"a":"foo"})", "null", "null"},
      {R"({"a":"foo"})", R"("bar")", R"("bar")"},
      {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
      {R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
      {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
  };
  for (const auto& [target, patch, wanted] : table) {
    const auto got = merge_patch(target, patch);
    CAF_REQUIRE(got);
    CAF_CHECK_EQUAL(*got, wanted);
    // A second opinion on the table itself.
    auto other = nlohmann::json::parse(target);
    other.merge_patch(nlohmann::json::parse(patch));
    CAF_CHECK_EQUAL(other, nlohmann::json::parse(*got));
  }
}

CAF_TEST(what the patch does not name keeps its bytes) {
  const auto got = merge_patch(R"({"big":123456789012345678901234567890, "x" : {"y":1.50, "z":[ 1 ]},"e":"\u00e9"})",
                               R"({"x":{"y":2}})");
  CAF_REQUIRE(got);
  CAF_CHECK_EQUAL(*got, R"({"big":123456789012345678901234567890,"x":{"y":2,"z":[ 1 ]},"e":"\u00e9"})");
}

CAF_TEST(no target counts as an empty object) {
  CAF_CHECK_EQUAL(*merge_patch("", R"({"a":{"b":1,"c":null}})"), R"({"a":{"b":1}})");
  CAF_CHECK_EQUAL(*merge_patch("", "7"), "7");
}

CAF_TEST(names are compared without their escapes) {
  CAF_CHECK_EQUAL(*merge_patch(R"({"\u0061":1,"b\"c":2})", R"({"a":3})"), R"({"a":3,"b\"c":2})");
}

CAF_TEST(of two members with one name the last counts) {
  CAF_CHECK_EQUAL(*merge_patch(R"({"a":1,"a":2})", R"({"b":1,"b":2})"), R"({"a":2,"b":2})");
}

CAF_TEST(what is not JSON is refused and so is what is too deep) {
  for (const auto* broken : {"", "{", "{\"a\":}", "nul", "{} {}"})
    CAF_CHECK(merge_patch("{}", broken).error().code == errc::malformed_json);
  CAF_CHECK(merge_patch("{", "{}").error().code == errc::malformed_json);
  const std::string deep = std::string(200, '[') + std::string(200, ']');
  CAF_CHECK(merge_patch("{}", deep).error().code == errc::too_deep);
}

CAF_TEST(a member is added or takes the place of an earlier one) {
  CAF_CHECK_EQUAL(*with_member("", "a", "1"), R"({"a":1})");
  CAF_CHECK_EQUAL(*with_member(R"({"k":1.0})", "a", R"("x")"), R"({"k":1.0,"a":"x"})");
  CAF_CHECK_EQUAL(*with_member(R"({"a":1,"k":2})", "a", "3"), R"({"k":2,"a":3})");
  CAF_CHECK(!with_member("[]", "a", "1"));
}
