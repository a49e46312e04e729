#define CAF_SUITE domain.run_ledger
#include "domain/pipeline/run_ledger.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

using namespace weir;
using namespace std::chrono_literals;
using nlohmann::json;
using weir_test::at;

namespace {

pipeline_moment when(std::chrono::milliseconds since, std::string id, sequence seq = 1) {
  return {at(since), std::move(id), seq};
}

step_news step(std::string id, std::string run, std::uint64_t input, std::uint64_t output, std::string pipeline = "") {
  return {std::move(id), std::move(run), std::move(pipeline), {input, output, output, 0, 0}};
}

run_news said(std::string run, std::string status) {
  return {std::move(run), "p", std::move(status)};
}

/// What is kept apart from who was heard last, which the order may change.
json lasting(const run_ledger& ledger) {
  auto state = ledger.state();
  for (auto& run : state["runs"])
    run.erase("touched");
  return state;
}

template <class News>
void must_tell(run_ledger& ledger, const News& news, const pipeline_moment& moment) {
  const auto told = ledger.tell(news, moment);
  if (!told)
    CAF_FAIL(told.error().detail);
}

} // namespace

// XR-4
CAF_TEST(a run sums up its steps) {
  run_ledger ledger{json{}};
  CAF_CHECK(ledger.tell(said("r", "running"), when(1s, "e1")).value());
  CAF_CHECK(ledger.account("r").figures() == run_figures{});
  CAF_CHECK(ledger.tell(step("a", "r", 100, 40, "p"), when(2s, "e2")).value());
  CAF_CHECK(ledger.tell(step("b", "r", 40, 10), when(3s, "e3")).value());
  CAF_CHECK(ledger.tell(step("c", "other", 7, 7), when(3s, "e4")).value());
  CAF_CHECK(ledger.tell(said("r", "completed"), when(4s, "e5")).value());
  const auto& run = ledger.account("r");
  CAF_CHECK(run.figures() == (run_figures{2, 140, 50}));
  CAF_CHECK_EQUAL(run.status, "completed");
  CAF_CHECK_EQUAL(run.pipeline, "p");
  CAF_CHECK(run.told == at(4s));
  CAF_CHECK(run.first == at(1s));
  CAF_CHECK(run.last == at(4s));
  // Nobody said how this one goes.
  CAF_CHECK_EQUAL(ledger.account("other").status, "unknown");
  CAF_CHECK_EQUAL(ledger.account("other").pipeline, "");
}

CAF_TEST(the state gives the same ledger again) {
  run_ledger ledger{json{}};
  must_tell(ledger, step("a", "r", 1, 1), when(2s, "e2", 7));
  must_tell(ledger, said("q", "running"), when(-3s, "e3", 8));
  for (std::size_t i = 0; i < max_ledger_runs; ++i)
    must_tell(ledger, said("r" + std::to_string(i), "failed"), when(5s, "e4", 9 + i));
  const auto state = ledger.state();
  CAF_CHECK(state.contains("forgotten"));
  CAF_CHECK_EQUAL(run_ledger{json::parse(state.dump())}.state().dump(), state.dump());
  CAF_CHECK_EQUAL(run_ledger{json{}}.state().dump(), R"({"runs":{}})");
}

// XR-6
CAF_TEST(every order and repetition of the events of a run ends up the same) {
  using telling = std::function<result<bool>(run_ledger&, sequence)>;
  const std::vector<telling> events = {
      [](run_ledger& to, sequence seq) { return to.tell(said("r", "running"), when(1s, "e1", seq)); },
      [](run_ledger& to, sequence seq) { return to.tell(said("r", "running"), when(2s, "e2", seq)); },
      [](run_ledger& to, sequence seq) { return to.tell(step("a", "r", 10, 5, "p"), when(2s, "e3", seq)); },
      [](run_ledger& to, sequence seq) { return to.tell(step("a", "r", 10, 6), when(3s, "e4", seq)); },
      [](run_ledger& to, sequence seq) { return to.tell(step("a", "r", 10, 7), when(3s, "e5", seq)); },
      [](run_ledger& to, sequence seq) { return to.tell(said("r", "failed"), when(4s, "e6", seq)); },
      [](run_ledger& to, sequence seq) { return to.tell(said("r", "completed"), when(5s, "e7", seq)); },
  };
  run_ledger in_order{json{}};
  for (const auto& tell : events)
    CAF_REQUIRE(tell(in_order, 1).has_value());
  const auto expected = lasting(in_order);
  CAF_CHECK_EQUAL(in_order.account("r").status, "completed");
  CAF_CHECK(in_order.account("r").figures() == (run_figures{1, 10, 7}));
  CAF_CHECK(in_order.account("r").last == at(5s));

  std::vector<std::size_t> order{0, 1, 2, 3, 4, 5, 6};
  std::size_t orders = 0;
  do {
    run_ledger ledger{json{}};
    for (const auto index : order)
      CAF_REQUIRE(events[index](ledger, 1).has_value());
    if (lasting(ledger) != expected)
      CAF_FAIL("another end: " << ledger.state().dump());
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  CAF_CHECK_EQUAL(orders, 5'040U);

  // Again and again, also by way of the stored state.
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  auto again = in_order.state();
  for (sequence seq = 2; seq < 200; ++seq) {
    run_ledger ledger{again};
    CAF_REQUIRE(events[random() % events.size()](ledger, seq).has_value());
    again = ledger.state();
    CAF_REQUIRE_EQUAL(lasting(ledger).dump(), expected.dump());
  }
}

CAF_TEST(only the newest event about a thing is told to be the newest) {
  run_ledger ledger{json{}};
  CAF_CHECK(ledger.tell(step("a", "r", 1, 1), when(5s, "m")).value());
  CAF_CHECK(ledger.tell(step("a", "r", 1, 1), when(5s, "m")).value());
  CAF_CHECK(!ledger.tell(step("a", "r", 2, 2), when(4s, "z")).value());
  CAF_CHECK(!ledger.tell(step("a", "r", 2, 2), when(5s, "a")).value());
  CAF_CHECK(ledger.tell(step("a", "r", 3, 3), when(5s, "n")).value());
  CAF_CHECK(ledger.account("r").figures() == (run_figures{1, 3, 3}));
  CAF_CHECK(ledger.tell(said("r", "completed"), when(6s, "m")).value());
  CAF_CHECK(!ledger.tell(said("r", "running"), when(5s, "n")).value());
  CAF_CHECK(ledger.tell(said("r", "failed"), when(8s, "n")).value());
  CAF_CHECK_EQUAL(ledger.account("r").status, "failed");
}

CAF_TEST(what contradicts the ledger is refused) {
  run_ledger ledger{json{}};
  must_tell(ledger, step("a", "r", 1, 1, "p"), when(1s, "e1"));
  const auto other_pipeline = run_ledger(ledger.state()).tell(step("b", "r", 1, 1, "q"), when(2s, "e2"));
  CAF_REQUIRE(!other_pipeline.has_value());
  CAF_CHECK(other_pipeline.error().code == errc::validation_failed);
  CAF_CHECK_EQUAL(other_pipeline.error().detail, R"(run "r" belongs to pipeline "p", the event says "q")");
  const auto other_run = run_ledger(ledger.state()).tell(step("a", "s", 1, 1), when(2s, "e2"));
  CAF_REQUIRE(!other_run.has_value());
  CAF_CHECK(other_run.error().code == errc::validation_failed);
  CAF_CHECK_EQUAL(other_run.error().detail,
                  R"(step "a" belongs to run "r" already, not to "s"; step ids are unique among all runs)");
}

CAF_TEST(a run has at most a thousand steps) {
  run_ledger ledger{json{}};
  must_tell(ledger, step("other", "q", 1, 1), when(1s, "e"));
  for (std::uint64_t i = 0; i < max_run_steps; ++i)
    must_tell(ledger, step("s" + std::to_string(i), "r", max_step_count, max_step_count), when(2s, "e", 2 + i));
  CAF_CHECK(ledger.account("r").figures() ==
            (run_figures{max_run_steps, max_run_steps * max_step_count, max_run_steps * max_step_count}));
  // The other run had to go.
  CAF_CHECK_EQUAL(ledger.state()["runs"].size(), 1U);
  must_tell(ledger, step("s7", "r", 0, 0), when(3s, "e"));
  const auto refused = ledger.tell(step("s", "r", 1, 1), when(3s, "e"));
  CAF_REQUIRE(!refused.has_value());
  CAF_CHECK(refused.error().code == errc::limit_exceeded);
  CAF_CHECK_EQUAL(refused.error().detail, R"(run "r" has 1000 steps already, step "s" is one too many)");
}

CAF_TEST(a forgotten run does not begin anew in silence) {
  run_ledger ledger{json{}};
  const auto name = [](std::size_t i) { return "r" + std::to_string(i); };
  for (std::size_t i = 0; i < max_ledger_runs + 10; ++i) {
    must_tell(ledger, step("s" + std::to_string(i), name(i), 1, 1), when(1s * i, "e", 1 + i));
    // The first one stays in use and is not forgotten.
    must_tell(ledger, said("r0", "running"), when(1s * i, "e", 1 + i));
  }
  const auto state = ledger.state();
  CAF_CHECK_EQUAL(state["runs"].size(), max_ledger_runs);
  CAF_CHECK(state["runs"].contains("r0"));
  CAF_CHECK(!state["runs"].contains("r10"));
  CAF_CHECK(state["runs"].contains("r11"));
  // An event of the time of the forgotten ones cannot be placed.
  const auto late = run_ledger(state).tell(said("r3", "completed"), when(3s, "e"));
  CAF_REQUIRE(!late.has_value());
  CAF_CHECK(late.error().code == errc::history_trimmed);
  CAF_CHECK(late.error().detail.find(R"(run "r3" is not among the 64 runs)") == 0);
  // A known run takes it, and so does a new run of a later time.
  CAF_CHECK(run_ledger(state).tell(said("r20", "completed"), when(3s, "e")).has_value());
  CAF_CHECK(run_ledger(state).tell(said("new", "running"), when(10s, "e")).has_value());
}
