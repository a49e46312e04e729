#define CAF_SUITE domain.fair_queue
#include "domain/fair_queue.hpp"

#include "support/weir_test.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace weir;

namespace {

constexpr auto low = event_priority::low;
constexpr auto normal = event_priority::normal;
constexpr auto high = event_priority::high;

/// Lets everybody have turns until nobody waits or `most` were given; those
/// who have a turn take what they are allowed and leave.
std::string serve(fair_queue& queue, int most = 1'000) {
  std::string out;
  for (int i = 0; i < most; ++i) {
    const auto turn = queue.next();
    if (!turn)
      break;
    out += (out.empty() ? "" : " ") + std::to_string(turn->key) + ":" + std::to_string(turn->allowance);
    queue.finish(turn->key, turn->allowance);
  }
  return out;
}

} // namespace

CAF_TEST(keys of one class have their turns in the order of their coming) {
  fair_queue queue{{10}};
  queue.enter(3, normal, 100);
  queue.enter(1, normal, 4);
  queue.enter(2, normal, 10);
  CAF_CHECK_EQUAL(queue.waiting(), 3u);
  CAF_CHECK_EQUAL(serve(queue), "3:10 1:4 2:10");
  CAF_CHECK(!queue.next());
}

CAF_TEST(a key that waits keeps its place when it enters again) {
  fair_queue queue{{10}};
  queue.enter(1, normal, 1);
  queue.enter(2, normal, 1);
  queue.enter(1, normal, 7);
  CAF_CHECK_EQUAL(queue.waiting(), 2u);
  CAF_CHECK_EQUAL(serve(queue), "1:7 2:1");
}

CAF_TEST(a key that becomes more urgent while it waits changes its class) {
  fair_queue queue{{10}};
  queue.enter(1, normal, 1);
  queue.enter(2, low, 1);
  queue.enter(2, high, 1);
  CAF_CHECK_EQUAL(serve(queue), "2:1 1:1");
}

CAF_TEST(a key that took more than allowed has less in its next turn) {
  fair_queue queue{{10}};
  queue.enter(1, normal, 10);
  auto turn = queue.next();
  queue.finish(1, 14);
  CAF_CHECK_EQUAL(queue.known(), 1u);
  queue.enter(1, normal, 10);
  turn = queue.next();
  CAF_CHECK_EQUAL(turn->allowance, 6u);
  queue.finish(1, 6);
  CAF_CHECK_EQUAL(queue.known(), 0u);
  queue.enter(1, normal, 10);
  CAF_CHECK_EQUAL(queue.next()->allowance, 10u);
}

CAF_TEST(a debt never keeps a key from having a turn) {
  fair_queue queue{{10}};
  queue.enter(1, normal, 10);
  CAF_CHECK_EQUAL(queue.next()->allowance, 10u);
  queue.finish(1, 4'000'000'000u);
  queue.enter(1, normal, 10);
  CAF_CHECK_EQUAL(queue.next()->allowance, 1u);
}

CAF_TEST(a key whose turn it is does not wait and can be forgotten) {
  fair_queue queue{{10}};
  queue.enter(1, normal, 1);
  queue.enter(2, normal, 1);
  CAF_CHECK_EQUAL(queue.next()->key, 1u);
  CAF_CHECK(queue.in_turn(1));
  CAF_CHECK(!queue.is_waiting(1));
  CAF_CHECK(queue.is_waiting(2));
  queue.forget(1);
  queue.forget(2);
  queue.forget(9);
  CAF_CHECK_EQUAL(queue.turns(), 0u);
  CAF_CHECK_EQUAL(queue.waiting(), 0u);
  CAF_CHECK_EQUAL(queue.known(), 0u);
  CAF_CHECK(!queue.next());
  // Too late: nothing is counted twice.
  queue.finish(1, 5);
  CAF_CHECK_EQUAL(queue.turns(), 0u);
}

CAF_TEST(one key with endless work does not keep ten thousand others waiting) {
  fair_queue queue{{128}};
  queue.enter(0, normal, 1'000'000);
  auto turn = queue.next();
  for (std::uint64_t key = 1; key <= 10'000; ++key)
    queue.enter(key, normal, 1);
  queue.finish(0, 128);
  queue.enter(0, normal, 1'000'000);
  // Everybody who came before is served before the endless one is again.
  for (std::uint64_t key = 1; key <= 10'000; ++key) {
    turn = queue.next();
    CAF_REQUIRE(turn && turn->key == key);
    queue.finish(key, 1);
  }
  CAF_CHECK_EQUAL(queue.next()->key, 0u);
}

CAF_TEST(classes share by weight and the low one is never left out) {
  fair_queue queue{{10}};
  std::map<event_priority, std::uint64_t> served;
  const std::map<std::uint64_t, event_priority> ranks{{1, low}, {2, normal}, {3, high}};
  for (const auto& [key, rank] : ranks)
    queue.enter(key, rank, 10);
  std::size_t without_low = 0;
  std::size_t longest_without_low = 0;
  for (int i = 0; i < 2'100; ++i) {
    const auto turn = queue.next();
    const auto rank = ranks.at(turn->key);
    served[rank] += turn->allowance;
    without_low = rank == low ? 0 : without_low + 1;
    longest_without_low = std::max(longest_without_low, without_low);
    queue.finish(turn->key, turn->allowance);
    queue.enter(turn->key, rank, 10);
  }
  CAF_CHECK_EQUAL(served[low], 1'000u);
  CAF_CHECK_EQUAL(served[normal], 4'000u);
  CAF_CHECK_EQUAL(served[high], 16'000u);
  CAF_CHECK_EQUAL(longest_without_low, 20u);
}

CAF_TEST(an urgent key waits for a few turns at most however many others wait) {
  fair_queue queue{{10}};
  for (std::uint64_t key = 1; key <= 1'000; ++key) {
    queue.enter(key, low, 10);
    queue.enter(1'000 + key, normal, 10);
  }
  std::mt19937_64 random{7};
  for (std::uint64_t urgent = 5'000; urgent < 5'200; ++urgent) {
    queue.enter(urgent, high, 1);
    int others = 0;
    for (auto turn = queue.next(); turn->key != urgent; turn = queue.next(), ++others) {
      queue.finish(turn->key, 10);
      queue.enter(turn->key, turn->key <= 1'000 ? low : normal, 10);
    }
    queue.finish(urgent, 1);
    CAF_REQUIRE_LESS_OR_EQUAL(others, 5);
    for (auto n = random() % 7; n > 0; --n) {
      const auto turn = queue.next();
      queue.finish(turn->key, 10);
      queue.enter(turn->key, turn->key <= 1'000 ? low : normal, 10);
    }
  }
}

CAF_TEST(a class that had nothing to do has saved up nothing) {
  fair_queue queue{{10}};
  queue.enter(1, low, 10);
  for (int i = 0; i < 1'000; ++i) {
    const auto turn = queue.next();
    queue.finish(turn->key, 10);
    queue.enter(1, low, 10);
  }
  queue.enter(3, high, 10);
  int in_a_row = 0;
  for (auto turn = queue.next(); turn->key == 3; turn = queue.next(), ++in_a_row) {
    queue.finish(3, 10);
    queue.enter(3, high, 10);
    CAF_REQUIRE_LESS(in_a_row, 100);
  }
  CAF_CHECK_LESS_OR_EQUAL(in_a_row, 16);
}

CAF_TEST(random keys that always want more stay within two quanta of each other) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAF_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    const std::uint32_t quantum = 1 + static_cast<std::uint32_t>(random() % 50);
    const std::size_t keys = 2 + random() % 8;
    const std::size_t at_once = 1 + random() % keys;
    fair_queue queue{{quantum}};
    std::vector<std::uint64_t> got(keys, 0);
    std::vector<fair_turn> under_way;
    for (std::uint64_t key = 0; key < keys; ++key)
      queue.enter(key, normal, quantum);
    for (int step = 0; step < 3'000; ++step) {
      while (under_way.size() < at_once)
        if (const auto turn = queue.next())
          under_way.push_back(*turn);
        else
          break;
      // The oldest turn ends first: whoever is slow is behind by its own fault.
      const auto [key, allowance] = under_way.front();
      under_way.erase(under_way.begin());
      const auto cost = allowance + static_cast<std::uint32_t>(random() % quantum);
      queue.finish(key, cost);
      got[key] += cost;
      queue.enter(key, normal, quantum);
      const auto [least, most] = std::minmax_element(got.begin(), got.end());
      CAF_REQUIRE_LESS(*most - *least, 2u * quantum);
    }
  }
}

CAF_TEST(random keys that come and go are all served and nothing is left behind) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAF_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    fair_queue queue{{8}};
    std::map<std::uint64_t, int> waits; ///< turns of others since a key began to wait
    std::vector<std::uint64_t> under_way;
    std::size_t served = 0;
    const auto step = [&] {
      const auto before = queue.waiting();
      const auto turn = queue.next();
      CAF_REQUIRE_EQUAL(turn.has_value(), before > 0);
      if (!turn)
        return;
      ++served;
      CAF_REQUIRE_EQUAL(waits.erase(turn->key), 1u);
      under_way.push_back(turn->key);
      for (auto& [key, turns] : waits)
        // 30 keys, each with one turn before it comes to this one, in shares of at least 1 of 21.
        CAF_REQUIRE_LESS(++turns, 30 * 21 * 8);
    };
    for (int i = 0; i < 4'000; ++i) {
      const auto key = random() % 30;
      switch (random() % 4) {
      case 0:
      case 1:
        if (!queue.in_turn(key)) {
          queue.enter(key, static_cast<event_priority>(random() % 3), 1 + static_cast<std::uint32_t>(random() % 12));
          waits.emplace(key, 0);
        }
        break;
      case 2:
        step();
        break;
      default:
        if (random() % 8 == 0) {
          queue.forget(key);
          waits.erase(key);
          std::erase(under_way, key);
        } else if (!under_way.empty()) {
          queue.finish(under_way.back(), static_cast<std::uint32_t>(random() % 20));
          under_way.pop_back();
        }
      }
      CAF_REQUIRE_EQUAL(queue.waiting(), waits.size());
      CAF_REQUIRE_EQUAL(queue.turns(), under_way.size());
    }
    while (queue.waiting() > 0)
      step();
    CAF_CHECK_GREATER(served, 500u);
    for (std::uint64_t key = 0; key < 30; ++key)
      queue.forget(key);
    CAF_CHECK_EQUAL(queue.known(), 0u);
  }
}

CAF_TEST(large events cost more of a turn and never more than all of it) {
  CAF_CHECK_EQUAL(turn_cost(0, 128), 1u);
  CAF_CHECK_EQUAL(turn_cost(16'383, 128), 1u);
  CAF_CHECK_EQUAL(turn_cost(16'384, 128), 2u);
  CAF_CHECK_EQUAL(turn_cost(std::size_t{1} << 20, 128), 65u);
  CAF_CHECK_EQUAL(turn_cost(std::size_t{64} << 20, 128), 128u);
  CAF_CHECK_EQUAL(turn_cost(std::size_t{64} << 20, 0), 1u);
}
