#define CAF_SUITE domain.job_holdings
#include "domain/job_holdings.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <map>
#include <random>
#include <string>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;

namespace {

/// "ok", or the wait in seconds.
std::string ask(job_holdings& held, const std::string& job, std::uint64_t bytes, timestamp now) {
  const auto full = held.take(job, bytes, now);
  return full ? std::to_string(full->retry_after.count()) + (full->is_news ? " news" : "") : "ok";
}

} // namespace

CAF_TEST(a job takes events up to its limit and others are not concerned) {
  job_holdings held{4 * 256 + 400};
  for (int i = 0; i < 4; ++i)
    CAF_CHECK_EQUAL(ask(held, "a", 100, at(0ms)), "ok");
  CAF_CHECK_EQUAL(held.of("a").events, 4u);
  CAF_CHECK_EQUAL(held.of("a").bytes, 400u);
  CAF_CHECK_EQUAL(held.of("a").weight(), 4u * 256 + 400);
  CAF_CHECK_EQUAL(ask(held, "a", 0, at(0ms)), "60 news");
  CAF_CHECK_EQUAL(ask(held, "b", 100, at(0ms)), "ok");
  CAF_CHECK_EQUAL(held.of("a").events, 4u);
}

CAF_TEST(an event larger than the limit passes when its job holds nothing) {
  job_holdings held{1'000};
  CAF_CHECK_EQUAL(ask(held, "a", 5'000, at(0ms)), "ok");
  CAF_CHECK_EQUAL(ask(held, "a", 1, at(0ms)), "60 news");
  held.finished("a", {1, 5'000}, at(1ms));
  CAF_CHECK_EQUAL(ask(held, "a", 5'000, at(1ms)), "ok");
}

CAF_TEST(without a limit everything passes and is counted) {
  job_holdings held{0};
  for (int i = 0; i < 1'000; ++i)
    CAF_CHECK_EQUAL(ask(held, "a", 1'000'000, at(0ms)), "ok");
  CAF_CHECK_EQUAL(held.total().bytes, 1'000'000'000u);
}

CAF_TEST(the wait follows from how fast the job works) {
  job_holdings held{100 * 356};
  for (int i = 0; i < 100; ++i)
    CAF_REQUIRE_EQUAL(ask(held, "a", 100, at(0ms)), "ok");
  CAF_CHECK_EQUAL(ask(held, "a", 100, at(0ms)), "60 news");
  // One event every two seconds, and what is finished comes in again.
  for (int second = 2; second <= 60; second += 2) {
    held.finished("a", {1, 100}, at(second * 1s));
    CAF_REQUIRE_EQUAL(ask(held, "a", 100, at(second * 1s)), "ok");
  }
  CAF_CHECK_EQUAL(ask(held, "a", 100, at(60s)), "2");
  // Ten times as large: ten events must go first.
  const auto large = held.take("a", 10 * 356 - 256, at(60s));
  CAF_REQUIRE(large);
  CAF_CHECK_GREATER_OR_EQUAL(large->retry_after.count(), 17);
  CAF_CHECK_LESS_OR_EQUAL(large->retry_after.count(), 21);
}

CAF_TEST(a refusal is news once until the job has caught up) {
  job_holdings held{10 * 256};
  for (int i = 0; i < 10; ++i)
    CAF_REQUIRE_EQUAL(ask(held, "a", 0, at(0ms)), "ok");
  CAF_CHECK(held.take("a", 0, at(0ms))->is_news);
  CAF_CHECK(!held.take("a", 0, at(0ms))->is_news);
  held.finished("a", {1, 0}, at(1ms));
  CAF_CHECK_EQUAL(ask(held, "a", 0, at(1ms)), "ok");
  CAF_CHECK(!held.take("a", 0, at(1ms))->is_news);
  for (int i = 0; i < 8; ++i)
    held.finished("a", {1, 0}, at(2ms));
  for (int i = 0; i < 8; ++i)
    CAF_REQUIRE_EQUAL(ask(held, "a", 0, at(2ms)), "ok");
  CAF_CHECK(held.take("a", 0, at(2ms))->is_news);
}

CAF_TEST(what is given back says nothing about the speed) {
  job_holdings held{10 * 256};
  for (int i = 0; i < 10; ++i)
    CAF_REQUIRE_EQUAL(ask(held, "a", 0, at(0ms)), "ok");
  held.give_back("a", {2, 0});
  held.give_back("unknown", {2, 0});
  CAF_CHECK_EQUAL(ask(held, "a", 0, at(0ms)), "ok");
  CAF_CHECK_EQUAL(ask(held, "a", 0, at(0ms)), "ok");
  CAF_CHECK_EQUAL(ask(held, "a", 0, at(1s)), "60 news");
}

CAF_TEST(only jobs that hold something take memory whatever comes and goes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAF_MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    job_holdings held{5'000};
    std::map<std::string, held_amount> expected;
    held_amount sum;
    for (int i = 0; i < 5'000; ++i) {
      const auto job = std::to_string(random() % 20);
      const auto now = at(i * 10ms);
      auto& known = expected[job];
      if (random() % 2 == 0) {
        const auto bytes = random() % 2'000;
        const auto fits = known.events == 0 || known.weight() + bytes + 256 <= 5'000;
        CAF_REQUIRE_EQUAL(!held.take(job, bytes, now), fits);
        if (fits) {
          known = {known.events + 1, known.bytes + bytes};
          sum = {sum.events + 1, sum.bytes + bytes};
        }
      } else if (known.events > 0) {
        const held_amount gone{1, known.events == 1 ? known.bytes : random() % (known.bytes + 1)};
        if (random() % 3 == 0)
          held.give_back(job, gone);
        else
          held.finished(job, gone, now);
        known = {known.events - 1, known.bytes - gone.bytes};
        sum = {sum.events - 1, sum.bytes - gone.bytes};
      }
      if (known.events == 0)
        expected.erase(job);
      CAF_REQUIRE_EQUAL(held.jobs(), expected.size());
      CAF_REQUIRE_EQUAL(held.total().events, sum.events);
      CAF_REQUIRE_EQUAL(held.total().bytes, sum.bytes);
    }
    for (const auto& [job, amount] : expected) {
      CAF_CHECK_EQUAL(held.of(job).events, amount.events);
      CAF_CHECK_EQUAL(held.of(job).bytes, amount.bytes);
    }
  }
}
