#define CAF_SUITE storage.row_buffer
#include "storage/row_buffer.hpp"

#include "storage/view_keys.hpp"
#include "support/weir_test.hpp"

#include <map>

using namespace weir;
using namespace weir::storage;

namespace {

const std::string key = keys::job("j");

/// "value", "gone" or "unknown".
std::string known(row_buffer& rows, const std::string& of = key) {
  const auto* found = rows.find(of);
  return found == nullptr ? "unknown" : found->value_or("gone");
}

staged_rows one(std::optional<std::string> value, bool is_new = false, const std::string& of = key) {
  staged_rows rows;
  rows[of] = {std::move(value), is_new};
  return rows;
}

/// What a write would change, and then has.
std::map<std::string, std::optional<std::string>> write_all(row_buffer& rows) {
  std::map<std::string, std::optional<std::string>> out;
  for (const auto& [name, row] : rows.begin())
    out[name] = row.value;
  rows.written();
  return out;
}

} // namespace

CAF_TEST(the newest value counts before and while and after it is written) {
  row_buffer rows;
  CAF_CHECK_EQUAL(known(rows), "unknown");
  rows.add(one("1"));
  rows.add(one("2"));
  CAF_CHECK_EQUAL(known(rows), "2");
  CAF_CHECK_EQUAL(rows.begin().size(), 1u);
  CAF_CHECK_EQUAL(known(rows), "2");
  rows.add(one("3"));
  CAF_CHECK_EQUAL(known(rows), "3");
  rows.written();
  CAF_CHECK_EQUAL(known(rows), "3");
  CAF_CHECK(write_all(rows) == (std::map<std::string, std::optional<std::string>>{{key, "3"}}));
  CAF_CHECK_EQUAL(known(rows), "3");
}

CAF_TEST(a row that was made and is gone again is never written) {
  row_buffer rows;
  rows.add(one("1", true));
  rows.add(one("2"));
  rows.add(one(std::nullopt));
  CAF_CHECK(rows.is_empty());
  CAF_CHECK_EQUAL(known(rows), "unknown");
}

CAF_TEST(the end of a row that the tables have is written) {
  row_buffer rows;
  rows.add(one("1"));
  rows.add(one(std::nullopt));
  CAF_CHECK_EQUAL(known(rows), "gone");
  CAF_CHECK(write_all(rows) == (std::map<std::string, std::optional<std::string>>{{key, std::nullopt}}));
  CAF_CHECK_EQUAL(known(rows), "gone");
}

CAF_TEST(the end of a row that is being written is written behind it) {
  row_buffer rows;
  rows.add(one("1", true));
  CAF_CHECK_EQUAL(rows.begin().size(), 1u);
  rows.add(one(std::nullopt));
  rows.written();
  CAF_CHECK_EQUAL(known(rows), "gone");
  CAF_CHECK(write_all(rows) == (std::map<std::string, std::optional<std::string>>{{key, std::nullopt}}));
}

CAF_TEST(rows that nobody looks up are forgotten once they are written) {
  row_buffer rows;
  const auto entry = keys::stream("j", 1);
  rows.add(one("1", false, entry));
  CAF_CHECK_EQUAL(known(rows, entry), "1");
  (void)write_all(rows);
  CAF_CHECK_EQUAL(known(rows, entry), "unknown");
}

CAF_TEST(what the tables answered is remembered until something newer comes) {
  row_buffer rows;
  rows.remember(key, std::nullopt);
  CAF_CHECK_EQUAL(known(rows), "gone");
  rows.add(one("1"));
  CAF_CHECK_EQUAL(known(rows), "1");
  (void)write_all(rows);
  CAF_CHECK_EQUAL(known(rows), "1");
}

CAF_TEST(much is due and more is full) {
  row_buffer rows;
  for (auto n = 0; !rows.is_due(); ++n) {
    CAF_REQUIRE(n < 100'000);
    rows.add(one("1", false, keys::job(std::to_string(n))));
  }
  CAF_CHECK(!rows.is_full());
  rows.add(one(std::string(std::size_t{8} << 20, 'x')));
  CAF_CHECK(rows.is_full());
  (void)write_all(rows);
  CAF_CHECK(!rows.is_due());
  CAF_CHECK(!rows.is_full());
}

CAF_TEST(the rows of long ago are forgotten) {
  row_buffer rows;
  rows.remember(key, "1");
  for (auto n = 0; n < 200'000; ++n)
    rows.remember(keys::job(std::to_string(n)), "2");
  CAF_CHECK_EQUAL(known(rows), "unknown");
  CAF_CHECK_EQUAL(known(rows, keys::job("199999")), "2");
}
