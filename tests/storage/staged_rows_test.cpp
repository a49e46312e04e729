#define CAF_SUITE storage.staged_rows
#include "storage/staged_rows.hpp"

#include "support/weir_test.hpp"

using namespace weir::storage;

namespace {

/// "key=value" of each row in its order; "key-" when it goes, "new " in front when the view never had it.
std::string text_of(const staged_rows& rows) {
  std::string out;
  for (const auto& entry : rows.entries())
    if (!entry.key.empty())
      out += (entry.row.is_new ? "new " : "") + entry.key + (entry.row.value ? "=" + *entry.row.value : "-") + " ";
  return out;
}

} // namespace

CAF_TEST(rows keep the order in which they were first changed) {
  staged_rows rows;
  rows["b"] = {"1", true};
  rows["a"] = {"2"};
  rows["b"].value = "3";
  rows["c"] = {std::nullopt};
  CAF_CHECK_EQUAL(text_of(rows), "new b=3 a=2 c- ");
  CAF_CHECK_EQUAL(rows.size(), 3u);
  CAF_CHECK_EQUAL(rows.find(std::string_view{"a"})->value.value(), "2");
  CAF_CHECK(rows.find(std::string_view{"d"}) == nullptr);
}

CAF_TEST(a row that came and went may come again) {
  staged_rows rows;
  rows["a"] = {"1", true};
  rows["b"] = {"2"};
  rows.erase(std::string_view{"a"});
  rows.erase(std::string_view{"never"});
  CAF_CHECK(rows.find(std::string_view{"a"}) == nullptr);
  CAF_CHECK_EQUAL(text_of(rows), "b=2 ");
  CAF_CHECK_EQUAL(rows.size(), 1u);
  rows["a"] = {"3"};
  CAF_CHECK_EQUAL(text_of(rows), "b=2 a=3 ");
  CAF_CHECK_EQUAL(rows.size(), 2u);
}

CAF_TEST(many rows are all found) {
  staged_rows rows;
  for (auto n = 0; n < 10'000; ++n)
    rows["key " + std::to_string(n)].value = std::to_string(n);
  for (auto n = 0; n < 10'000; ++n)
    CAF_REQUIRE_EQUAL(rows.find("key " + std::to_string(n))->value.value(), std::to_string(n));
}
