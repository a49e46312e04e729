#define CAF_SUITE telemetry.metrics_page

#include "telemetry/metrics_page.hpp"

#include "support/weir_test.hpp"
#include "telemetry/metrics.hpp"

#include <fstream>
#include <iterator>

using namespace weir::telemetry;

namespace {

std::string file_beside_the_sources(const char* path) {
  // This file is tests/telemetry/<name>: two folders below the root.
  const std::string here = __FILE__;
  const auto root = here.substr(0, here.rfind("tests/telemetry/"));
  std::ifstream in{root + path};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

CAF_TEST(the page names every metric with its labels) {
  const auto page = metrics_page();
  for (const auto& row : metric_table())
    CAF_CHECK(page.find("| `" + std::string{row.name} + "` | " + std::string{row.type} + " |") != std::string::npos);
  CAF_CHECK(page.find("| `weir_actors` | gauge | `kind`, `state` |") != std::string::npos);
}

CAF_TEST(the file in docs equals the table) {
  CAF_CHECK(file_beside_the_sources("docs/metrics.md") == metrics_page());
}
