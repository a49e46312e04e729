#define CAF_SUITE app.interpolation
#include "app/interpolation.hpp"

#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir;
using namespace weir::app;

namespace {

reference_sources sources() {
  return {[](std::string_view name) -> std::optional<std::string> {
            if (name == "NAME")
              return "value";
            if (name == "EMPTY")
              return "";
            if (name == "TRICKY")
              return "${env:NAME}\"\n[admin]";
            if (name == "CREDENTIALS_DIRECTORY")
              return "/run/credentials/weir";
            return std::nullopt;
          },
          [](const std::string& path) -> result<std::string> {
            if (path == "/secret")
              return std::string{"from file\n"};
            if (path == "/run/credentials/weir/token")
              return std::string{"from credential"};
            return fail(errc::bad_config, "cannot read " + path + ": No such file or directory");
          }};
}

std::string resolved(std::string_view text) {
  const auto value = interpolate(text, sources());
  return value ? *value : "error: " + value.error().detail;
}

} // namespace

CAF_TEST(references are replaced where they stand) {
  CAF_CHECK_EQUAL(resolved("plain"), "plain");
  CAF_CHECK_EQUAL(resolved("${env:NAME}"), "value");
  CAF_CHECK_EQUAL(resolved("a${env:NAME}b${env:NAME}c"), "avaluebvaluec");
  CAF_CHECK_EQUAL(resolved("${file:/secret}"), "from file");
  CAF_CHECK_EQUAL(resolved("${cred:token}"), "from credential");
}

CAF_TEST(unset and empty variables take the default) {
  CAF_CHECK_EQUAL(resolved("${env:MISSING:-other}"), "other");
  CAF_CHECK_EQUAL(resolved("${env:EMPTY:-other}"), "other");
  CAF_CHECK_EQUAL(resolved("${env:MISSING:-}"), "");
  CAF_CHECK_EQUAL(resolved("${env:NAME:-other}"), "value");
  CAF_CHECK_EQUAL(resolved("${env:MISSING:-http://a:1}"), "http://a:1");
}

CAF_TEST(what is put in is not looked at again) {
  CAF_CHECK_EQUAL(resolved("${env:TRICKY}"), "${env:NAME}\"\n[admin]");
}

CAF_TEST(a doubled dollar stands for itself) {
  CAF_CHECK_EQUAL(resolved("$${env:NAME}"), "${env:NAME}");
  CAF_CHECK_EQUAL(resolved("a$b $ {x}"), "a$b $ {x}");
  CAF_CHECK_EQUAL(resolved("$${}${env:NAME}"), "${}value");
}

CAF_TEST(what cannot be resolved says why) {
  CAF_CHECK_EQUAL(resolved("${env:MISSING}"), "error: the variable MISSING is not set");
  CAF_CHECK_EQUAL(resolved("${env:EMPTY}"), "error: the variable EMPTY is not set");
  CAF_CHECK_EQUAL(resolved("${env:MISSING:?ask Ann}"), "error: the variable MISSING is not set: ask Ann");
  CAF_CHECK_EQUAL(resolved("${env:}"), "error: ${env:} has no name");
  CAF_CHECK_EQUAL(resolved("${env:NAME"), "error: \"${\" has no closing \"}\"");
  CAF_CHECK_EQUAL(resolved("${file:/none}"), "error: cannot read /none: No such file or directory");
  CAF_CHECK_EQUAL(resolved("${file:relative}"), "error: ${file:relative}: the path must start with /");
  CAF_CHECK_EQUAL(resolved("${cred:../token}"), "error: ${cred:../token} is not the name of a credential");
  CAF_CHECK(resolved("${NAME}").starts_with("error: ${NAME} is unknown"));
}

CAF_TEST(files are read as they are) {
  const test::temporary_folder folder;
  const auto file = folder.write("secret", "two\nlines\r\n");
  const auto content = read_small_file(file);
  CAF_REQUIRE(content);
  CAF_CHECK_EQUAL(*content, "two\nlines\r\n");
  const auto value = interpolate("${file:" + file + "}", {sources().variable, read_small_file});
  CAF_REQUIRE(value);
  CAF_CHECK_EQUAL(*value, "two\nlines");
  CAF_CHECK(!read_small_file(folder.path("none")));
}
