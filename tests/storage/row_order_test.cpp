#define CAF_SUITE storage.row_order
#include "storage/row_order.hpp"

#include "support/weir_test.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace weir::storage;
using namespace std::string_literals;

namespace {

std::vector<std::string> keys_in_order(const row_arena& rows) {
  std::vector<std::string> out;
  for (const auto* row : in_order(rows))
    out.emplace_back(row->key());
  return out;
}

} // namespace

CAF_TEST(nothing is in order) {
  row_arena rows;
  CAF_CHECK(in_order(rows).empty());
  rows.drop(rows.add("gone", 1, "value"));
  CAF_CHECK(in_order(rows).empty());
}

CAF_TEST(dropped rows are left out) {
  row_arena rows;
  rows.add("p3", 1, "three");
  auto& gone = rows.add("p2", 2, "two");
  rows.add("p1", 3, std::nullopt);
  rows.drop(gone);
  const std::vector<std::string> wanted{"p1", "p3"};
  CAF_CHECK_EQUAL(keys_in_order(rows), wanted);
}

CAF_TEST(keys sort by their bytes wherever they differ) {
  // Of any length behind a shared front, ends and NULs among them; bytes above 127 come last.
  const std::vector<std::string> wanted{"a"s,
                                        "j"s,
                                        "j\0"s,
                                        "j\0\0"s,
                                        "jjob-1\0\1"s,
                                        "jjob-1\0\1\0"s,
                                        "jjob-10"s,
                                        "jjob-10\xFF"s,
                                        "jjob-2"s,
                                        "rfeedback-\0"s,
                                        "rfeedback-\0a"s,
                                        "rfeedback-abcdefgh"s,
                                        "rfeedback-abcdefgh1"s,
                                        "rfeedback-abcdefgh2"s,
                                        "rfeedback-abcdefgi"s,
                                        "rfeedback-\x7F"s,
                                        "rfeedback-\x80"s,
                                        "\xFFz"s};
  std::mt19937 engine{5};
  for (auto round = 0; round < 50; ++round) {
    auto mixed = wanted;
    std::shuffle(mixed.begin(), mixed.end(), engine);
    row_arena rows;
    for (const auto& key : mixed)
      rows.add(key, 0, key);
    CAF_CHECK_EQUAL(keys_in_order(rows), wanted);
  }
}

CAF_TEST(many keys of few letters sort as texts do) {
  std::mt19937 engine{7};
  for (auto round = 0; round < 20; ++round) {
    row_arena rows;
    std::vector<std::string> wanted;
    for (auto n = 0; n < 500; ++n) {
      std::string key{"ejs"[engine() % 3]};
      for (auto left = engine() % 20; left > 0; --left)
        key.push_back("\0\1ab\xFE"[engine() % 5]);
      rows.add(key, 0, "value");
      wanted.push_back(std::move(key));
    }
    std::sort(wanted.begin(), wanted.end());
    CAF_CHECK_EQUAL(keys_in_order(rows), wanted);
  }
}
