#define CAF_SUITE domain.jsontestsuite
#include "domain/gate.hpp"
#include "support/weir_test.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

using namespace weir_test;
namespace fs = std::filesystem;

namespace {

/// The folder of the corpus, looked for upwards from here.
std::optional<fs::path> corpus() {
  for (auto folder = fs::current_path();; folder = folder.parent_path()) {
    auto found = folder / "shared/corpora/jsontestsuite/test_parsing";
    if (fs::is_directory(found))
      return found;
    if (folder == folder.parent_path())
      return std::nullopt;
  }
}

std::string content(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

CAF_TEST(every valid text of JSONTestSuite is taken as data and every invalid one refused) {
  auto folder = corpus();
  if (!folder) {
    std::cout << "skipped: no shared/corpora/jsontestsuite above " << fs::current_path() << std::endl;
    return;
  }
  weir::event_parser parser{weir::event_limits{}};
  auto valid = 0;
  auto invalid = 0;
  for (const auto& file : fs::directory_iterator{*folder}) {
    auto text = content(file);
    auto name = file.path().filename().string();
    auto answer = parser.parse_native(around(text), accepted_now());
    auto checked = parser.check(text);
    if (name.starts_with("y_")) {
      ++valid;
      if (!answer || !checked)
        CAF_FAIL(name << " is refused: " << said(answer) << ", " << said(checked));
      CAF_CHECK(text.find(only(answer).payload) != std::string::npos);
    } else if (name.starts_with("n_")) {
      ++invalid;
      if (answer || checked)
        CAF_FAIL(name << " is accepted");
    } else if (answer) {
      // Free to choose, but what is taken must be readable.
      CAF_CHECK(only(answer).payload.empty() || text.find(only(answer).payload) != std::string::npos);
    }
  }
  CAF_CHECK_EQUAL(valid, 95);
  CAF_CHECK_EQUAL(invalid, 188);
}
