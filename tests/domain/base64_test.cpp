#define CAF_SUITE domain.base64
#include "domain/base64.hpp"

#include "support/weir_test.hpp"

#include <random>
#include <string>
#include <utility>

CAF_TEST(the examples of RFC 4648 hold) {
  const std::pair<std::string, std::string> table[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xfe\xfd", "//79"},
  };
  for (const auto& [bytes, text] : table) {
    CAF_CHECK_EQUAL(weir::base64_encode(bytes), text);
    CAF_CHECK_EQUAL(weir::base64_decode(text).value(), bytes);
  }
  CAF_CHECK_EQUAL(weir::base64url_encode("\xff\xfe\xfd\xff"), "__79_w");
  CAF_CHECK_EQUAL(weir::base64url_decode("__79_w").value(), "\xff\xfe\xfd\xff");
}

CAF_TEST(base64 that is not canonical is refused) {
  for (auto text : {"Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n", "Zm 9", "Zm-_", "=Zm9", "Zg==Zg==", "Zm9vY"})
    CAF_CHECK(!weir::base64_decode(text));
  for (auto text : {"Zg==", "Z", "Zh", "Zm9", "Zm+/", "Zm9v "})
    CAF_CHECK(!weir::base64url_decode(text));
  CAF_CHECK(weir::base64_decode("?").error().code == weir::errc::validation_failed);
}

CAF_TEST(any bytes survive both alphabets) {
  std::mt19937 random{7};
  for (std::size_t length = 0; length < 300; ++length) {
    std::string bytes(length, '\0');
    for (auto& byte : bytes)
      byte = static_cast<char>(random());
    CAF_CHECK(weir::base64_decode(weir::base64_encode(bytes)).value() == bytes);
    CAF_CHECK(weir::base64url_decode(weir::base64url_encode(bytes)).value() == bytes);
  }
}
