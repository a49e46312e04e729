#define CAF_SUITE telemetry.errors_page

#include "telemetry/errors_page.hpp"

#include "domain/error.hpp"
#include "support/weir_test.hpp"

#include <fstream>
#include <iterator>

using namespace weir;

CAF_TEST(the page has every code once and three sections) {
  const auto page = telemetry::errors_page();
  for (const auto& row : problem_table()) {
    const auto cell = "| `" + std::string{row.name} + "` |";
    const auto at = page.find(cell);
    CAF_CHECK(at != std::string::npos);
    CAF_CHECK(page.find(cell, at + 1) == std::string::npos);
  }
  std::size_t sections = 0;
  for (auto at = page.find("\n## "); at != std::string::npos; at = page.find("\n## ", at + 1))
    ++sections;
  CAF_CHECK_EQUAL(sections, 3u);
}

CAF_TEST(the file in docs equals the table of problems) {
  const std::string here = __FILE__;
  std::ifstream in{here.substr(0, here.rfind("tests/telemetry/")) + "docs/errors.md"};
  const std::string file{std::istreambuf_iterator<char>{in}, {}};
  CAF_CHECK(file == telemetry::errors_page());
}
