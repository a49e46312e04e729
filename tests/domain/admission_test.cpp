#define CAF_SUITE domain.admission
#include "domain/admission.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <cmath>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;

namespace {

admission_limits limits(std::uint64_t backlog, double rate = 0.0, double burst = 0.0) {
  return {backlog, rate, burst, 10'000};
}

std::string ask(admission& gate, const admission_request& request, timestamp now, node_condition node = {}) {
  const auto verdict = gate.admit(request, node, now);
  if (verdict.accepted)
    return "accepted";
  return std::string(problem_of(verdict.why.code).name) + " " + std::to_string(verdict.retry_after.count());
}

admission_request events(std::uint64_t count) {
  return {"caller", count};
}

} // namespace

CAF_TEST(a node that is not ready or has no space refuses everything) {
  admission gate{limits(0)};
  CAF_CHECK_EQUAL(ask(gate, events(1), at(0s), {false, false}), "not-ready 2");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(0s), {true, true}), "disk-full 30");
  CAF_CHECK_EQUAL(gate.backlog(), 0U);
  CAF_CHECK_EQUAL(ask(gate, events(1), at(0s)), "accepted");
}

CAF_TEST(the backlog is bounded and shrinks as events finish) {
  admission gate{limits(10)};
  CAF_CHECK_EQUAL(ask(gate, events(6), at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(5), at(0s)), "overloaded 60");
  CAF_CHECK_EQUAL(ask(gate, events(4), at(0s)), "accepted");
  CAF_CHECK_EQUAL(gate.backlog(), 10U);
  gate.finished(5, at(1s));
  CAF_CHECK_EQUAL(ask(gate, events(5), at(1s)), "accepted");
  gate.give_back(3);
  CAF_CHECK_EQUAL(gate.backlog(), 7U);
  gate.finished(1'000, at(2s));
  CAF_CHECK_EQUAL(gate.backlog(), 0U);
}

CAF_TEST(a request beyond a limit passes when nothing else is held) {
  admission gate{limits(10)};
  CAF_CHECK_EQUAL(ask(gate, events(500), at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(0s)), "overloaded 60");
}

CAF_TEST(the wait follows from the measured drain rate) {
  admission gate{limits(1'000)};
  CAF_REQUIRE_EQUAL(ask(gate, events(1'000), at(0s)), "accepted");
  // 20 a second for 40 seconds, refilled all the time.
  for (int i = 1; i <= 400; ++i) {
    gate.finished(2, at(i * 100ms));
    CAF_REQUIRE_EQUAL(ask(gate, events(2), at(i * 100ms)), "accepted");
  }
  CAF_CHECK(std::abs(gate.drain_rate() - 20.0) < 1.0);
  CAF_CHECK_EQUAL(ask(gate, events(190), at(40s)), "overloaded 10");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(40s)), "overloaded 1");
  CAF_CHECK_EQUAL(ask(gate, events(100'000), at(40s)), "overloaded 60");
  // Nothing has finished for a minute: the rate has gone down.
  CAF_CHECK_EQUAL(ask(gate, events(190), at(100s)), "overloaded 60");
}

CAF_TEST(idle time does not slow the measured rate down) {
  admission gate{limits(1'000)};
  CAF_REQUIRE_EQUAL(ask(gate, events(400), at(0s)), "accepted");
  for (int i = 1; i <= 20; ++i)
    gate.finished(20, at(i * 1s));
  CAF_CHECK_EQUAL(gate.backlog(), 0U);
  CAF_REQUIRE_EQUAL(ask(gate, events(1'000), at(1h)), "accepted");
  CAF_CHECK(std::abs(gate.drain_rate() - 20.0) < 2.0);
}

CAF_TEST(a restored backlog does not count as time that passed) {
  admission gate{limits(100)};
  gate.restore(100);
  CAF_CHECK_EQUAL(ask(gate, events(1), at(0s)), "overloaded 60");
  gate.finished(10, at(1s));
  CAF_CHECK(gate.drain_rate() > 5.0);
}

CAF_TEST(a caller is held to its rate and burst) {
  admission gate{limits(0, 10.0, 20.0)};
  CAF_CHECK_EQUAL(ask(gate, events(20), at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(0s)), "rate-limited 1");
  CAF_CHECK_EQUAL(ask(gate, events(20), at(0s)), "rate-limited 2");
  CAF_CHECK_EQUAL(ask(gate, {"other", 1}, at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(5), at(500ms)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(500ms)), "rate-limited 1");
  // The bucket never holds more than the burst.
  CAF_CHECK_EQUAL(ask(gate, events(20), at(1h)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(1h)), "rate-limited 1");
}

CAF_TEST(a request beyond the burst passes with a full bucket and leaves a debt) {
  admission gate{limits(0, 10.0, 20.0)};
  CAF_CHECK_EQUAL(ask(gate, events(120), at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(5s)), "rate-limited 6");
  CAF_CHECK_EQUAL(ask(gate, events(1), at(10100ms)), "accepted");
}

CAF_TEST(a refused request counts nothing) {
  admission gate{limits(10, 10.0, 10.0)};
  CAF_CHECK_EQUAL(ask(gate, events(5), at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, events(6), at(0s)), "overloaded 60");
  CAF_CHECK_EQUAL(ask(gate, events(5), at(0s)), "accepted");
  CAF_CHECK_EQUAL(gate.backlog(), 10U);
}

CAF_TEST(the table of callers is bounded and forgets the least recent) {
  auto small = limits(0, 1.0, 1.0);
  small.max_callers = 2;
  admission gate{small};
  CAF_CHECK_EQUAL(ask(gate, {"a", 1}, at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, {"b", 1}, at(0s)), "accepted");
  CAF_CHECK_EQUAL(ask(gate, {"a", 1}, at(0s)), "rate-limited 1");
  CAF_CHECK_EQUAL(ask(gate, {"c", 1}, at(0s)), "accepted");
  CAF_CHECK_EQUAL(gate.callers(), 2U);
  CAF_CHECK_EQUAL(ask(gate, {"a", 1}, at(0s)), "rate-limited 1");
  CAF_CHECK_EQUAL(ask(gate, {"b", 1}, at(0s)), "accepted");
  CAF_CHECK_EQUAL(gate.callers(), 2U);
}
