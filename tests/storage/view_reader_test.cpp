#define CAF_SUITE storage.view_reader
#include "storage/view.hpp"
#include "storage/view_keys.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <thread>

using namespace weir;
using namespace weir::storage;
using samples::scratch_directory;

namespace {

using row_list = std::vector<std::pair<std::string, std::string>>;

struct opened_view : scratch_directory {
  opened_view() {
    auto made = view::open(path() / "view", view::access::read_write);
    CAF_REQUIRE(made);
    rows = *std::move(made);
  }

  void apply(const std::string& key, std::optional<std::string> value, bool is_new = false) const {
    staged_rows changed;
    changed[key] = {std::move(value), is_new};
    CAF_REQUIRE(rows->apply(changed));
  }

  /// Has the tables take what waits.
  void write() const {
    const view::reader all{*rows};
    CAF_REQUIRE(all.get(keys::meta));
  }

  std::unique_ptr<view> rows;
};

row_list scan(const view::reader& moment, const std::string& prefix, const std::string& from) {
  row_list out;
  CAF_REQUIRE(moment.scan(prefix, from, [&](std::string_view key, std::string_view value) {
    out.emplace_back(key, value);
    return true;
  }));
  return out;
}

row_list scan(const view::reader& moment, const std::string& prefix) {
  return scan(moment, prefix, prefix);
}

const auto waiting = keys::pending_of("j");

} // namespace

CAF_TEST(a part shows rows of the tables and newer ones in one order) {
  opened_view at;
  for (const auto n : {2, 4, 6})
    at.apply(keys::pending("j", n), "old", true);
  at.write();
  at.apply(keys::pending("j", 1), "new", true);
  at.apply(keys::pending("j", 4), "new");
  at.apply(keys::pending("j", 6), std::nullopt);
  at.apply(keys::pending("k", 1), "another job", true);
  const view::reader part{*at.rows, {{}, {waiting}}};
  CAF_CHECK(scan(part, waiting) ==
            (row_list{{keys::pending("j", 1), "new"}, {keys::pending("j", 2), "old"}, {keys::pending("j", 4), "new"}}));
  CAF_CHECK(scan(part, waiting, keys::after(keys::pending("j", 2))) == (row_list{{keys::pending("j", 4), "new"}}));
}

CAF_TEST(a part is one moment) {
  opened_view at;
  at.apply(keys::job("j"), "1");
  at.apply(keys::state("j", "h"), "1");
  const view::reader part{*at.rows, {{keys::job("j")}, {keys::states_of("j")}}};
  at.apply(keys::job("j"), "2");
  at.apply(keys::state("j", "h"), "2");
  at.write();
  const auto row = part.get(keys::job("j"));
  CAF_REQUIRE(row && *row);
  CAF_CHECK_EQUAL(**row, "1");
  CAF_CHECK(scan(part, keys::states_of("j")) == (row_list{{keys::state("j", "h"), "1"}}));
}

CAF_TEST(a part shows what waited in the tables when the view was opened) {
  opened_view at;
  at.apply(keys::pending("j", 1), "1", true);
  at.apply(keys::pending("k", 2), "2", true);
  CAF_REQUIRE(at.rows->close());
  auto again = view::open(at.path() / "view", view::access::read_write);
  CAF_REQUIRE(again);
  at.rows = *std::move(again);
  const auto one = row_list{{keys::pending("j", 1), "1"}};
  CAF_CHECK(scan(view::reader{*at.rows, {{}, {waiting}}}, waiting) == one);
  at.apply(keys::pending("j", 1), std::nullopt);
  CAF_CHECK(scan(view::reader{*at.rows, {{}, {waiting}}}, waiting).empty());
  at.write();
  CAF_CHECK(scan(view::reader{*at.rows, {{}, {waiting}}}, waiting).empty());
  at.apply(keys::pending("j", 3), "3", true);
  CAF_CHECK(scan(view::reader{*at.rows, {{}, {waiting}}}, waiting) == (row_list{{keys::pending("j", 3), "3"}}));
}

CAF_TEST(a scan of a part can be stopped at a row that waits) {
  opened_view at;
  for (const auto n : {1, 2, 3})
    at.apply(keys::pending("j", n), "x", true);
  const view::reader part{*at.rows, {{}, {waiting}}};
  const auto first = part.first(waiting, waiting);
  CAF_REQUIRE(first && *first);
  CAF_CHECK_EQUAL((*first)->first, keys::pending("j", 1));
}

CAF_TEST(parts and whole moments agree whatever was written when) {
  opened_view at;
  std::mt19937 dice{20'261'127}; // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  std::uint64_t born = 0;
  std::vector<std::uint64_t> alive;
  for (auto step = 0; step < 3'000; ++step) {
    if (alive.empty() || dice() % 2 == 0) {
      alive.push_back(++born);
      at.apply(keys::pending("j", born), std::to_string(step), true);
    } else {
      const auto which = alive.begin() + static_cast<std::ptrdiff_t>(dice() % alive.size());
      if (dice() % 3 == 0) {
        at.apply(keys::pending("j", *which), std::to_string(step));
      } else {
        at.apply(keys::pending("j", *which), std::nullopt);
        alive.erase(which);
      }
    }
    if (dice() % 4 != 0)
      continue;
    const auto told = scan(view::reader{*at.rows, {{}, {waiting}}}, waiting);
    CAF_REQUIRE_EQUAL(told.size(), alive.size());
    if (dice() % 8 == 0)
      CAF_REQUIRE(told == scan(view::reader{*at.rows}, waiting));
  }
}

CAF_TEST(a part shows whole groups while many are written) {
  constexpr std::uint64_t groups = 20'000;
  opened_view at;
  std::atomic<bool> is_over{false};
  std::uint64_t broken = 0;
  std::thread reader{[&] {
    while (!is_over) {
      const view::reader part{*at.rows, {{keys::job("j")}, {waiting}}};
      const auto row = part.get(keys::job("j"));
      std::uint64_t rows = 0;
      const auto scanned = part.scan(waiting, waiting, [&](auto, auto) {
        ++rows;
        return true;
      });
      // Ten wait at most, and as many as the row of the job says.
      if (!row || !scanned || rows != (*row ? std::stoull(**row) : 0))
        ++broken;
    }
  }};
  for (std::uint64_t n = 1; n <= groups; ++n) {
    staged_rows changed;
    changed[keys::pending("j", n)] = {std::string(100, 'x'), true};
    if (n > 10)
      changed[keys::pending("j", n - 10)] = {std::nullopt};
    changed[keys::job("j")] = {std::to_string(std::min<std::uint64_t>(n, 10))};
    if (!at.rows->apply(changed))
      ++broken;
  }
  is_over = true;
  reader.join();
  CAF_CHECK_EQUAL(broken, 0u);
}
