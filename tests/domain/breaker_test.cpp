#define CAF_SUITE domain.breaker
#include "domain/breaker.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <string>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;

namespace {

const breaker_failure down{"f1", "retry", "connection refused"};
const breaker_failure other{"f2", "bad", "no such field"};

breaker make() {
  return breaker{{3, 10s, 8s}};
}

std::string job(int number) {
  return "job-" + std::to_string(number);
}

/// Three jobs fail alike.
breaker make_open() {
  auto rules = make();
  CAF_CHECK(!rules.failed(job(1), down, at(0s)));
  CAF_CHECK(!rules.failed(job(2), down, at(1s)));
  CAF_CHECK(rules.failed(job(3), down, at(2s)));
  CAF_REQUIRE(rules.current().has_value());
  return rules;
}

bool runs(breaker& rules, int number, std::chrono::milliseconds when) {
  return !rules.admit(job(number), at(when)).has_value();
}

} // namespace

CAF_TEST(while nothing fails everything runs and nobody watches) {
  auto rules = make();
  CAF_CHECK(runs(rules, 1, 0s));
  CAF_CHECK(!rules.is_watching(at(0s)));
  CAF_CHECK(!rules.current().has_value());
}

CAF_TEST(the same failure of enough jobs opens) {
  auto rules = make_open();
  const auto now = rules.current();
  CAF_CHECK_EQUAL(now->state, "open");
  CAF_CHECK_EQUAL(now->jobs, 3U);
  CAF_CHECK_EQUAL(now->cause.detail, down.detail);
  CAF_CHECK(now->since == at(2s));
  CAF_CHECK(!runs(rules, 4, 3s));
}

CAF_TEST(one job that fails often opens nothing) {
  auto rules = make();
  for (int i = 0; i < 50; ++i)
    CAF_CHECK(!rules.failed(job(1), down, at(i * 100ms)));
  CAF_CHECK(!rules.current().has_value());
}

CAF_TEST(failures that differ or are far apart open nothing) {
  auto rules = make();
  CAF_CHECK(!rules.failed(job(1), down, at(0s)));
  CAF_CHECK(!rules.failed(job(2), other, at(1s)));
  CAF_CHECK(!rules.failed(job(3), down, at(2s)));
  CAF_CHECK(!rules.failed(job(4), down, at(11s)));
  CAF_CHECK(!rules.current().has_value());
}

CAF_TEST(failures among many successes open nothing) {
  auto rules = make();
  for (int i = 0; i < 100; ++i) {
    if (i % 5 == 0)
      CAF_CHECK(!rules.failed(job(i), down, at(i * 10ms)));
    else
      rules.succeeded(job(i), at(i * 10ms));
  }
  CAF_CHECK(!rules.current().has_value());
}

CAF_TEST(many failures among many more successes open nothing) {
  auto rules = make();
  auto opened = 0;
  // 3,000 runs a second, a third of them fails: more than any list of single runs would keep.
  for (auto number = 0; number < 60'000; ++number) {
    const auto now = at(std::chrono::milliseconds{number / 3});
    if (number % 3 == 0)
      opened += rules.failed(job(number % 300), down, now) ? 1 : 0;
    else
      rules.succeeded(job(number % 300), now);
  }
  CAF_CHECK_EQUAL(opened, 0);
  CAF_CHECK(!rules.current().has_value());
}

CAF_TEST(one probe an interval runs and its failure is no attempt) {
  auto rules = make_open();
  CAF_CHECK(!runs(rules, 1, 3s));
  CAF_CHECK(!runs(rules, 2, 3s));
  CAF_CHECK(!runs(rules, 2, 10s)); // the first in line has the turn
  CAF_CHECK(runs(rules, 1, 10s));
  CAF_CHECK(!runs(rules, 2, 11s));
  CAF_CHECK(rules.failed(job(1), down, at(11s)));
  // Who failed waits behind the others.
  CAF_CHECK(!runs(rules, 1, 12s));
  CAF_CHECK(!runs(rules, 1, 18s));
  CAF_CHECK(runs(rules, 2, 18s));
  CAF_CHECK_EQUAL(rules.current()->probes, 2U);
}

CAF_TEST(a probe that fails otherwise counts as usual and opens nothing) {
  auto rules = make_open();
  CAF_CHECK(runs(rules, 1, 10s));
  CAF_CHECK(!rules.failed(job(1), other, at(10s)));
  CAF_CHECK_EQUAL(rules.current()->state, "open");
}

CAF_TEST(after a success the jobs are let go on in growing numbers) {
  auto rules = make_open();
  for (int i = 1; i <= 20; ++i)
    CAF_CHECK(!runs(rules, i, 3s));
  CAF_CHECK(runs(rules, 1, 10s));
  rules.succeeded(job(1), at(10s));
  CAF_CHECK_EQUAL(rules.current()->state, "releasing");
  // The success of the probe doubled the number: two at once now.
  CAF_CHECK(!runs(rules, 4, 10s));
  CAF_CHECK(runs(rules, 2, 10s));
  CAF_CHECK(runs(rules, 3, 10s));
  CAF_CHECK(!runs(rules, 4, 10s));
  rules.succeeded(job(2), at(11s));
  CAF_CHECK(runs(rules, 4, 11s));
  rules.succeeded(job(3), at(11s));
  CAF_CHECK(runs(rules, 5, 11s));
  CAF_CHECK(runs(rules, 6, 11s));
  CAF_CHECK(runs(rules, 7, 11s));
  CAF_CHECK(!runs(rules, 8, 11s));
}

CAF_TEST(enough successes close it) {
  auto rules = make_open();
  CAF_CHECK(runs(rules, 0, 10s));
  rules.succeeded(job(0), at(10s));
  int done = 1;
  for (; rules.current() && done < 1000; ++done) {
    CAF_CHECK(runs(rules, done, 11s));
    rules.succeeded(job(done), at(11s));
  }
  CAF_CHECK_EQUAL(done, 127); // 1 + 2 + 4 .. + 64
  CAF_CHECK(!rules.is_watching(at(11s)));
}

CAF_TEST(the same failure during the release opens it again) {
  auto rules = make_open();
  CAF_CHECK(runs(rules, 1, 10s));
  rules.succeeded(job(1), at(10s));
  CAF_CHECK(runs(rules, 2, 10s));
  CAF_CHECK(rules.failed(job(2), down, at(11s)));
  CAF_CHECK_EQUAL(rules.current()->state, "open");
  CAF_CHECK(!runs(rules, 3, 12s));
}

CAF_TEST(a run that began before it opened proves nothing) {
  auto rules = make_open();
  rules.succeeded(job(9), at(3s));
  CAF_CHECK_EQUAL(rules.current()->state, "open");
}

CAF_TEST(who leaves the line does not hold it up) {
  auto rules = make_open();
  CAF_CHECK(!runs(rules, 1, 3s));
  CAF_CHECK(!runs(rules, 2, 3s));
  rules.forget(job(1));
  CAF_CHECK(runs(rules, 2, 10s));
  // One that was let through and ends without a word as well.
  rules.forget(job(2));
  CAF_CHECK(!runs(rules, 3, 17s));
  CAF_CHECK(!runs(rules, 4, 17s));
  CAF_CHECK(!runs(rules, 4, 45s)); // 3 has the turn and was seen lately
  CAF_CHECK(runs(rules, 4, 50s));  // 3 was not
}

CAF_TEST(an operator resolves it and everything runs) {
  auto rules = make_open();
  CAF_CHECK(!runs(rules, 1, 3s));
  rules.resolve();
  CAF_CHECK(!rules.current().has_value());
  CAF_CHECK(runs(rules, 1, 3s));
  CAF_CHECK(!rules.failed(job(1), down, at(4s)));
}

CAF_TEST(a paused handler lets nothing through) {
  auto rules = make();
  rules.pause(at(0s));
  CAF_CHECK_EQUAL(rules.current()->state, "paused");
  CAF_CHECK(!runs(rules, 1, 60min));
  CAF_CHECK_EQUAL(rules.current()->waiting, 1U);
  rules.resolve();
  CAF_CHECK(runs(rules, 1, 60min));
}

CAF_TEST(a handler that is gone opens at once) {
  auto rules = make();
  rules.trip({"f3", "gone", "410"}, at(0s));
  CAF_CHECK_EQUAL(rules.current()->state, "open");
  CAF_CHECK_EQUAL(rules.current()->cause.code, "gone");
}
