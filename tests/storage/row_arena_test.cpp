#define CAF_SUITE storage.row_arena
#include "storage/row_arena.hpp"

#include "support/weir_test.hpp"

#include <string>

using namespace weir::storage;

CAF_TEST(rows keep copies of what they were given) {
  row_arena rows;
  std::string key = "key", value = "value";
  const auto& row = rows.add(key, 7, value, true);
  key = value = "overwritten";
  CAF_CHECK_EQUAL(row.key(), "key");
  CAF_CHECK_EQUAL(*row.value(), "value");
  CAF_CHECK_EQUAL(row.hash, 7u);
  CAF_CHECK(row.home == &rows);
  CAF_CHECK(row.is_new && !row.is_dropped);
  CAF_CHECK(!rows.add("gone", 8, std::nullopt).value());
  CAF_CHECK_EQUAL(rows.size(), 2u);
  CAF_CHECK_EQUAL(rows.bytes(), 12u);
}

CAF_TEST(a row changes its value and stays where it is) {
  row_arena rows;
  auto& row = rows.add("key", 1, "value");
  auto& other = rows.add("other", 2, "theirs");
  for (const std::string value : {"v", "a longer one", "", "value", "a much longer one than before"}) {
    rows.change(row, value);
    CAF_CHECK_EQUAL(*row.value(), value);
  }
  rows.change(row, std::nullopt);
  CAF_CHECK(!row.value());
  rows.change(row, "");
  CAF_CHECK(row.value() && row.value()->empty());
  CAF_CHECK_EQUAL(row.key(), "key");
  CAF_CHECK_EQUAL(*other.value(), "theirs");
  CAF_CHECK(rows.rows().front() == &row);
}

CAF_TEST(a dropped row does not count) {
  row_arena rows;
  auto& row = rows.add("key", 1, "value");
  (void)rows.add("other", 2, "");
  rows.drop(row);
  CAF_CHECK(row.is_dropped);
  CAF_CHECK_EQUAL(rows.size(), 1u);
  CAF_CHECK_EQUAL(rows.rows().size(), 2u);
}
