#define CAF_SUITE storage.view_writing
#include "storage/view.hpp"
#include "storage/view_keys.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <atomic>
#include <thread>

using namespace weir;
using namespace weir::storage;
using samples::scratch_directory;

namespace {

struct opened_view : scratch_directory {
  void open() {
    auto made = view::open(path() / "view", view::access::read_write);
    CAF_REQUIRE(made);
    rows = *std::move(made);
  }

  /// One group: a row of its own, and how many there were.
  void apply(std::uint64_t number, std::size_t bytes = 100) const {
    staged_rows changed;
    changed[keys::pending("j", number)] = {std::string(bytes, 'x'), true};
    changed[std::string{keys::meta}] = {std::to_string(number)};
    CAF_REQUIRE(rows->apply(changed));
  }

  std::unique_ptr<view> rows;
};

std::uint64_t count(const view::reader& moment) {
  std::uint64_t out = 0;
  CAF_REQUIRE(moment.scan(keys::all_pending, keys::all_pending, [&](auto, auto) {
    ++out;
    return true;
  }));
  return out;
}

std::uint64_t number(const result<std::optional<std::string>>& found) {
  CAF_REQUIRE(found && *found);
  return std::stoull(**found);
}

} // namespace

CAF_TEST(what was applied is seen at once by key and by scan) {
  opened_view at;
  at.open();
  for (std::uint64_t n = 1; n <= 20; ++n) {
    at.apply(n);
    CAF_CHECK_EQUAL(number(at.rows->get(keys::meta)), n);
    CAF_CHECK_EQUAL(number(at.rows->recall(std::string{keys::meta})), n);
    const view::reader moment{*at.rows};
    CAF_CHECK_EQUAL(count(moment), n);
    CAF_CHECK_EQUAL(number(moment.get(keys::meta)), n);
  }
}

CAF_TEST(many rows are looked up at once wherever they are) {
  opened_view at;
  at.open();
  staged_rows old;
  old[keys::job("in tables")] = {"1"};
  old[keys::event("in tables", "")] = {"2"};
  old[keys::event("gone later", "")] = {"3"};
  CAF_REQUIRE(at.rows->apply(old));
  CAF_REQUIRE(at.rows->close());
  at.rows.reset();
  at.open();
  staged_rows fresh;
  fresh[keys::event("waits", "")] = {"4"};
  fresh[keys::event("gone later", "")] = {std::nullopt};
  CAF_REQUIRE(at.rows->apply(fresh));
  const auto missing = at.rows->recall_ahead({keys::event("never", ""), keys::job("never"), keys::event("waits", ""),
                                              keys::event("in tables", ""), keys::job("in tables"),
                                              keys::event("never", ""), keys::event("gone later", "")});
  CAF_REQUIRE(missing);
  // That a job has no row is remembered, and that one is gone is known.
  CAF_CHECK_EQUAL(*missing, (std::vector<std::string>{keys::event("never", "")}));
  CAF_CHECK_EQUAL(number(at.rows->recall(keys::job("in tables"))), 1u);
  CAF_CHECK_EQUAL(number(at.rows->recall(keys::event("in tables", ""))), 2u);
  CAF_CHECK_EQUAL(number(at.rows->recall(keys::event("waits", ""))), 4u);
  for (const auto& key : {keys::event("gone later", ""), keys::job("never"), keys::event("never", "")}) {
    const auto found = at.rows->recall(key);
    CAF_REQUIRE(found);
    CAF_CHECK(!*found);
  }
  // An id that was missing has a row from then on.
  staged_rows born;
  born[keys::event("never", "")] = {"5"};
  CAF_REQUIRE(at.rows->apply(born));
  CAF_CHECK_EQUAL(number(at.rows->recall(keys::event("never", ""))), 5u);
}

CAF_TEST(a moment does not see what is applied behind it) {
  opened_view at;
  at.open();
  at.apply(1);
  const view::reader moment{*at.rows};
  at.apply(2);
  CAF_CHECK_EQUAL(number(moment.get(keys::meta)), 1u);
  CAF_CHECK_EQUAL(count(moment), 1u);
}

CAF_TEST(every moment shows whole groups while many are applied) {
  constexpr std::uint64_t groups = 20'000;
  opened_view at;
  at.open();
  std::atomic<bool> is_over{false};
  std::uint64_t moments = 0;
  std::uint64_t broken = 0;
  std::thread reader{[&] {
    do {
      const view::reader moment{*at.rows};
      const auto told = moment.get(keys::meta);
      std::uint64_t seen = 0;
      const auto scanned = moment.scan(keys::all_pending, keys::all_pending, [&](auto, auto) {
        ++seen;
        return true;
      });
      const auto expected = told && *told ? std::stoull(**told) : 0;
      broken += !told || !scanned || seen != expected ? 1 : 0;
      ++moments;
    } while (!is_over);
  }};
  for (std::uint64_t n = 1; n <= groups; ++n)
    at.apply(n);
  is_over = true;
  reader.join();
  CAF_CHECK_EQUAL(broken, 0u);
  CAF_CHECK(moments > 0);
  CAF_CHECK_EQUAL(count(view::reader{*at.rows}), groups);
}

CAF_TEST(a view that is closed has everything and one that is dropped a whole part) {
  opened_view at;
  at.open();
  at.apply(1);
  CAF_REQUIRE(at.rows->close());
  at.open();
  CAF_CHECK_EQUAL(number(at.rows->get(keys::meta)), 1u);
  for (std::uint64_t n = 2; n <= 3'000; ++n)
    at.apply(n, 10'000);
  at.rows.reset();
  at.open();
  const view::reader moment{*at.rows};
  CAF_CHECK_EQUAL(count(moment), number(moment.get(keys::meta)));
}
