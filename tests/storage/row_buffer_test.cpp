#define CAF_SUITE storage.row_buffer
#include "storage/row_buffer.hpp"

#include "storage/view_keys.hpp"
#include "support/seeded_dice.hpp"
#include "support/weir_test.hpp"

#include <map>

using namespace weir;
using namespace weir::storage;

namespace {

const std::string key = keys::job("j");

/// "value", "gone" or "unknown".
std::string known(row_buffer& rows, const std::string& of = key) {
  const auto* found = rows.find(of);
  return found == nullptr ? "unknown" : std::string{found->value().value_or("gone")};
}

staged_rows one(std::optional<std::string> value, bool is_new = false, const std::string& of = key) {
  staged_rows rows;
  rows[of] = {std::move(value), is_new};
  return rows;
}

void finish(row_buffer& rows) {
  while (!rows.note_written(7)) {
    // Another piece.
  }
  (void)rows.end();
}

/// What a write would change, and then has.
std::map<std::string, std::optional<std::string>> write_all(row_buffer& rows) {
  std::map<std::string, std::optional<std::string>> out;
  for (const auto* row : rows.begin().rows())
    if (!row->is_dropped)
      CAF_CHECK(out.emplace(row->key(), row->value()).second);
  finish(rows);
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
  finish(rows);
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
  finish(rows);
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
  rows.add(one(std::string(std::size_t{16} << 20, 'x')));
  CAF_CHECK(rows.is_full());
  (void)write_all(rows);
  CAF_CHECK(!rows.is_due());
  CAF_CHECK(!rows.is_full());
}

CAF_TEST(a row that is asked for stays longer) {
  row_buffer rows;
  rows.remember(key, "1");
  for (auto n = 0; n < 200'000; ++n) {
    rows.remember(keys::job(std::to_string(n)), "2");
    CAF_REQUIRE_EQUAL(known(rows), "1");
  }
}

CAF_TEST(rows are forgotten in pieces and one that is asked for meanwhile stays) {
  row_buffer rows;
  const auto other = keys::job("other");
  rows.remember(key, "1");
  rows.remember(other, "2");
  for (auto window = 0; window < 5; ++window) {
    for (auto n = 0; n < 40'000; ++n)
      rows.add(one("3", false, keys::job(std::to_string(window) + "-" + std::to_string(n))));
    CAF_REQUIRE_EQUAL(rows.begin().size(), 40'000u);
    while (!rows.note_written(1'000))
      CAF_REQUIRE_EQUAL(known(rows), "1");
    (void)rows.end();
  }
  CAF_CHECK_EQUAL(known(rows), "1");
  CAF_CHECK_EQUAL(known(rows, other), "unknown");
  CAF_CHECK_EQUAL(known(rows, keys::job("0-7")), "unknown");
  CAF_CHECK_EQUAL(known(rows, keys::job("4-7")), "3");
}

CAF_TEST(values grow and shrink and are empty) {
  row_buffer rows;
  for (const auto* value : {"", "long enough for more than one word", "1", "", "12"}) {
    rows.add(one(value));
    CAF_CHECK_EQUAL(known(rows), value);
  }
  rows.add(one(std::nullopt));
  rows.add(one("again"));
  CAF_CHECK(write_all(rows) == (std::map<std::string, std::optional<std::string>>{{key, "again"}}));
}

CAF_TEST(whatever happens the newest row of a key is the one that is found) {
  // Against a map of what was applied, and one of what was written.
  const auto seeds = weir::testing::seeds_to_play("ROW_BUFFER", 20);
  for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    CAF_MESSAGE("ROW_BUFFER_SEED=" << seed);
    weir::testing::seeded_dice dice{seed};
    row_buffer rows;
    std::map<std::string, std::optional<std::string>> applied, tables;
    auto is_writing = false;
    for (auto step = 0; step < 2'000; ++step) {
      const auto number = std::to_string(dice.draw(40));
      const auto name = dice.once_in(2)   ? keys::job(number)
                        : dice.once_in(2) ? keys::record("c", number)
                                          : keys::pending("j", std::stoull(number));
      const auto now = applied.contains(name) ? applied[name] : std::nullopt;
      if (const auto told = known(rows, name); told != "unknown")
        CAF_REQUIRE_EQUAL(told, now.value_or("gone"));
      else
        CAF_REQUIRE(now == (tables.contains(name) ? tables[name] : std::nullopt));
      if (dice.once_in(5))
        rows.remember(name, now);
      const auto is_first = !applied.contains(name);
      // Pending events come once and go once.
      const auto is_pending = name.starts_with(keys::all_pending);
      const auto value = dice.once_in(4) && !(is_pending && is_first)
                             ? std::nullopt
                             : std::optional{std::string(dice.draw(30), 'a') + number};
      if (!dice.once_in(3) && (!is_pending || is_first || now)) {
        // New is only what was never there: tables may not have an older row.
        rows.add(one(value, value && is_first, name));
        applied[name] = value;
      }
      // In pieces, with everything else in between.
      if (is_writing && dice.once_in(3) && rows.note_written(1 + dice.draw(5))) {
        (void)rows.end();
        is_writing = false;
      }
      if (!is_writing && dice.once_in(10)) {
        for (const auto* row : rows.begin().rows())
          if (!row->is_dropped)
            tables[std::string{row->key()}] = row->value();
        is_writing = true;
      }
      row_buffer::fresh_rows some;
      rows.collect_under(keys::pending_of("j"), some);
      rows.collect_under(std::string{keys::all_records}, some);
      for (const auto& [key_of_it, found] : some)
        CAF_REQUIRE(found == applied.at(key_of_it));
      if (rows.is_all(keys::pending_of("j")))
        for (const auto& [stored, value_of_it] : tables)
          CAF_REQUIRE(!stored.starts_with(keys::all_pending) || !value_of_it || some.contains(stored));
    }
    if (is_writing)
      finish(rows);
    for (const auto* row : rows.begin().rows())
      if (!row->is_dropped)
        tables[std::string{row->key()}] = row->value();
    finish(rows);
    for (const auto& [name, value] : applied)
      CAF_CHECK((tables.contains(name) ? tables[name] : std::nullopt) == value);
  }
}

CAF_TEST(the rows of long ago are forgotten) {
  row_buffer rows;
  rows.remember(key, "1");
  for (auto n = 0; n < 400'000; ++n)
    rows.remember(keys::job(std::to_string(n)), "2");
  CAF_CHECK_EQUAL(known(rows), "unknown");
  CAF_CHECK_EQUAL(known(rows, keys::job("399999")), "2");
}
