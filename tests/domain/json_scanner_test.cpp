#define CAF_SUITE domain.json_scanner
#include "domain/json_scanner.hpp"

#include "support/weir_test.hpp"

#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <string_view>

namespace {

/// One to three random changes of single bytes.
std::string mutated(std::string text, std::mt19937& random) {
  constexpr std::string_view alphabet = "{}[],:\"\\ue0123456789.-+tfn ralsu dcDC8x\n";
  auto any = [&random](std::size_t below) { return random() % below; };
  for (auto changes = 1 + any(3); changes > 0; --changes) {
    auto place = any(text.size() + 1);
    auto letter = alphabet[any(alphabet.size())];
    switch (place == text.size() ? 1 : any(3)) {
    case 0:
      text[place] = letter;
      break;
    case 1:
      text.insert(place, 1, letter);
      break;
    default:
      text.erase(place, 1);
    }
  }
  return text;
}

} // namespace

CAF_TEST(a second parser agrees on what is JSON) {
  constexpr auto seed = 20261122u;
  std::mt19937 random{seed};
  weir::json_scanner scanner{10};
  const std::string_view texts[] = {
      R"({"a":[1,2,{"b":"x\u00e9\ud83d\ude00"}],"c":-1.5e3,"d":true,"e":null,"f":false,"":{}})",
      R"([ [] , {} ,"q\n\"" , 0.1, 12345678901234567890123 ])",
      R"(["\udc00"])",
      R"({"\ud800\udc00":1})",
      "  \"x\"  ",
      "3",
  };
  auto accepted = 0;
  for (auto round = 0; round < 200'000; ++round) {
    auto text = mutated(std::string{texts[random() % std::size(texts)]}, random);
    auto ours = scanner.value(text).has_value();
    accepted += ours ? 1 : 0;
    if (ours != nlohmann::json::accept(text))
      CAF_FAIL("seed " << seed << ", round " << round << ", ours " << ours << ": " << text);
  }
  CAF_CHECK(accepted > 10'000);
}

CAF_TEST(the fields of an object come with their bytes) {
  weir::json_scanner scanner{3};
  auto fields = scanner.object("{\"a\\n\" : [ 1 ] , \"b\":\"\\u0041\",\"c\":-1 ,\"d\":true,\"e\": null }");
  CAF_REQUIRE(fields.has_value());
  CAF_REQUIRE_EQUAL(fields->size(), std::size_t{5});
  std::string all;
  for (const auto& field : *fields)
    all.append(field.name).append("=").append(field.raw).append("|").append(field.text).append(";");
  CAF_CHECK_EQUAL(all, "a\n=[ 1 ]|;b=\"\\u0041\"|A;c=-1|;d=true|;e=null|;");
  CAF_CHECK((*fields)[0].kind == weir::json_kind::array);
  CAF_CHECK((*fields)[1].kind == weir::json_kind::string);
  CAF_CHECK((*fields)[4].kind == weir::json_kind::null);
}

CAF_TEST(a scanner forgets the text before) {
  weir::json_scanner scanner{3};
  CAF_CHECK(scanner.object("{\"a\":1,\"b\":2}").has_value());
  CAF_CHECK(!scanner.object("{\"a\":[").has_value());
  CAF_CHECK_EQUAL(scanner.object("{}").value().size(), std::size_t{0});
  CAF_CHECK(!scanner.object("1").has_value());
  CAF_CHECK_EQUAL(scanner.object("{\"c\":3}").value().size(), std::size_t{1});
}
