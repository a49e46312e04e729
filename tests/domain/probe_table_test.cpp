#define CAF_SUITE domain.probe_table
#include "domain/probe_table.hpp"

#include "support/seeded_dice.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

using namespace weir;
using namespace weir::testing;

namespace {

/// Beside a map, with hashes of which many begin at the same place, some wrap around the end, and some are the same.
class played_table {
public:
  explicit played_table(seeded_dice& dice, std::uint64_t hashes) : dice_(dice), hashes_(hashes) {
    // nop
  }

  void play() {
    const auto value = 1 + dice_.draw(300);
    const auto hash = hash_of(value);
    const auto* found = find(value);
    CAF_REQUIRE_EQUAL(found != nullptr, there_.contains(value));
    if (found == nullptr) {
      table_.insert(hash, value);
      there_.insert(value);
    } else if (dice_.once_in(2)) {
      table_.erase(found);
      there_.erase(value);
    }
  }

  void check() const {
    CAF_CHECK_EQUAL(table_.size(), there_.size());
    for (std::uint64_t value = 1; value <= 300; ++value) {
      const auto* found = find(value);
      CAF_REQUIRE_EQUAL(found != nullptr, there_.contains(value));
      CAF_REQUIRE(found == nullptr || *found == value);
      const auto has_twin =
          std::any_of(there_.begin(), there_.end(), [&](auto other) { return hash_of(other) == hash_of(value); });
      CAF_REQUIRE_EQUAL(table_.guess(hash_of(value)) != nullptr, has_twin);
    }
    std::set<std::uint64_t> seen;
    table_.each([&](std::uint64_t value) { CAF_CHECK(seen.insert(value).second); });
    CAF_CHECK(seen == there_);
  }

private:
  /// From the last places of every size on.
  [[nodiscard]] std::uint64_t hash_of(std::uint64_t value) const {
    return value % hashes_ - 3;
  }
  [[nodiscard]] const std::uint64_t* find(std::uint64_t value) const {
    table_.bring_near(hash_of(value));
    return table_.find(hash_of(value), [value](std::uint64_t known) { return known == value; });
  }

  seeded_dice& dice_;
  std::uint64_t hashes_;
  probe_table<std::uint64_t> table_;
  std::set<std::uint64_t> there_;
};

} // namespace

CAF_TEST(a table has what was put into it and not taken out) {
  const auto seeds = seeds_to_play("WEIR_PROBE_TABLE", 20);
  for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    seeded_dice dice{seed};
    played_table table{dice, std::vector<std::uint64_t>{2, 7, 60, 1'000}[dice.draw(4)]};
    table.check();
    for (auto round = 0; round < 20; ++round) {
      for (auto n = 0; n < 100; ++n)
        table.play();
      table.check();
    }
  }
}

CAF_TEST(a table owns what it is given) {
  probe_table<std::unique_ptr<int>> table;
  for (auto n = 0; n < 100; ++n)
    table.insert(static_cast<std::uint64_t>(n), std::make_unique<int>(n));
  auto* found = table.find(7, [](const auto& known) { return *known == 7; });
  CAF_REQUIRE(found != nullptr);
  const auto taken = std::move(*found);
  table.erase(found);
  CAF_CHECK_EQUAL(*taken, 7);
  CAF_CHECK(table.guess(7) == nullptr);
  CAF_CHECK_EQUAL(table.size(), 99u);
}
