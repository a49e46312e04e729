#define CAF_SUITE actors.shard
#include "domain/placement.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

/// Ends the idle or waiting job from outside: offers it an event and strikes
/// before it looks at it.
void strike(node_fixture& node, const job_id& job) {
  node.post(job);
  while (!node.crash_job(job) && node.runnable() > 0)
    node.run_at(0);
  node.settle();
}

std::string problem_of_question(node_fixture& node, const std::string& verb, const job_id& job) {
  auto got = node.ask(verb, {{"job", job}});
  node.settle();
  CAF_CHECK_EQUAL(got->answers, 1);
  return got->problem.empty() ? got->body["state"].get<std::string>() : got->problem;
}

} // namespace

CAF_TEST(a job that was ended from outside comes back and loses nothing) {
  node_fixture node;
  node.post("a");
  node.settle();
  strike(node, "a");
  CAF_CHECK_EQUAL(node.state_of("a"), "backoff");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  node.advance(50ms);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e2#1");
}

CAF_TEST(each restart waits twice as long as the one before) {
  node_fixture node;
  node.post("a", "throw 4");
  node.settle();
  for (auto wait : {50ms, 100ms, 200ms, 400ms}) {
    node.advance(wait - 1ms);
    CAF_CHECK_EQUAL(node.state_of("a"), "backoff");
    node.advance(1ms);
  }
  CAF_CHECK_EQUAL(node.state_of("a"), "idle");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(a job that gets on between two crashes waits no longer) {
  node_fixture node;
  for (int i = 0; i < 4; ++i) {
    strike(node, "a");
    node.advance(49ms);
    CAF_CHECK_EQUAL(node.state_of("a"), "backoff");
    node.advance(1ms);
    CAF_CHECK_EQUAL(node.state_of("a"), "idle");
  }
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3 e4");
}

CAF_TEST(crashes are forgotten after a quiet hour) {
  node_fixture node;
  strike(node, "a");
  node.advance(1s);
  strike(node, "a");
  node.advance(3601s);
  strike(node, "a");
  node.advance(49ms);
  CAF_CHECK_EQUAL(node.state_of("a"), "backoff");
  node.advance(1ms);
  CAF_CHECK_EQUAL(node.state_of("a"), "idle");
}

CAF_TEST(events that come during the backoff wait and are applied in order) {
  node_fixture node;
  strike(node, "a");
  node.post("a");
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "");
  node.advance(50ms);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
}

CAF_TEST(a job beyond its budget is parked and holds its events in order) {
  node_fixture node;
  node.post("a", "throw 4");
  node.post("a", "throw 4");
  node.post("b");
  node.advance(30s);
  CAF_CHECK_EQUAL(node.state_of("a"), "parked");
  CAF_CHECK(node.store->load_job("a")->mode == job_mode::parked);
  CAF_CHECK_EQUAL(node.told("b"), "e3");
  auto later = node.post("a");
  node.post("b");
  node.advance(60s);
  CAF_CHECK_EQUAL(later->word(), "accepted");
  CAF_CHECK_EQUAL(node.told("b"), "e3 e5");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.waiting("a"), "e2 e4");
}

CAF_TEST(a parked job stays parked when the node restarts) {
  node_fixture node;
  node.post("a", "throw 4");
  node.post("a", "throw 4");
  node.advance(30s);
  auto runs = node.runs();
  node.restart();
  node.post("a");
  node.advance(60s);
  CAF_CHECK_EQUAL(node.runs(), runs);
  CAF_CHECK_EQUAL(node.state_of("a"), "parked");
}

CAF_TEST(a parked job that is resumed goes on where it stood with a fresh budget) {
  node_fixture node;
  node.post("a", "throw 4");
  node.post("a", "throw 4");
  node.post("a");
  node.advance(30s);
  CAF_CHECK_EQUAL(problem_of_question(node, "job.resume", "a"), "active");
  node.advance(30s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
}

CAF_TEST(the budget of one job is not shared with its neighbours) {
  auto options = node_fixture::small();
  options.shard_count = 1;
  node_fixture node{options};
  for (auto job : {"a", "b", "c"})
    node.post(job, "throw 4");
  node.advance(10s);
  for (auto job : {"a", "b", "c"})
    CAF_CHECK_EQUAL(node.stream(job).size(), 1u);
}

CAF_TEST(a paused job keeps its events until it is resumed) {
  node_fixture node;
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(problem_of_question(node, "job.pause", "a"), "paused");
  node.post("a");
  node.post("a");
  node.advance(60s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(problem_of_question(node, "job.resume", "a"), "active");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
}

CAF_TEST(a paused job stays paused when the node restarts) {
  node_fixture node;
  node.post("a");
  node.settle();
  problem_of_question(node, "job.pause", "a");
  node.restart();
  node.post("a");
  node.advance(60s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  problem_of_question(node, "job.resume", "a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(a job that waits for a retry leaves memory when it is paused) {
  node_fixture node;
  node.post("a", "retry 1");
  while (node.runs().empty())
    node.run_at(0);
  // The commit of the failed run is still in flight.
  node.ask("job.pause", {{"job", "a"}});
  auto alive = node.actors_alive();
  node.settle();
  CAF_CHECK_EQUAL(node.actors_alive(), alive - 1);
}

CAF_TEST(an idle job leaves memory and comes back with its next event) {
  node_fixture node;
  node.post("a");
  node.settle();
  auto alive = node.actors_alive();
  node.advance(601s);
  node.sweep("a");
  node.settle();
  CAF_CHECK_EQUAL(node.actors_alive(), alive - 1);
  CAF_CHECK_EQUAL(node.state_of("a"), "");
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
  CAF_CHECK_EQUAL(node.store->load_job("a")->states.at(0).second, R"({"count":2})");
}

CAF_TEST(leaving memory is not a failure) {
  node_fixture node;
  for (int i = 0; i < 10; ++i) {
    node.post("a");
    node.settle();
    problem_of_question(node, "job.passivate", "a");
    CAF_CHECK_EQUAL(node.state_of("a"), "");
  }
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.state_of("a"), "idle");
  CAF_CHECK_EQUAL(node.services().board.find("job:a")->restarts.load(), 0u);
}

CAF_TEST(an event that crosses a leaving job is applied) {
  node_fixture node;
  node.post("a");
  node.settle();
  node.ask("job.passivate", {{"job", "a"}});
  node.settle_without("job");
  node.post("a");
  node.settle_without("job");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(a job with a commit in flight does not leave memory) {
  node_fixture node;
  node.post("a");
  while (node.runs().empty())
    node.run_at(0);
  node.ask("job.passivate", {{"job", "a"}});
  node.settle_without("store_writer");
  CAF_CHECK_EQUAL(node.state_of("a"), "waiting");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(jobs beyond the limit wait for a place and all have their turn) {
  auto options = node_fixture::small();
  options.shard_count = 1;
  options.max_active_jobs = 2;
  node_fixture node{options};
  for (auto job : {"a", "b", "c", "d"})
    node.post(job);
  node.settle();
  CAF_CHECK_EQUAL(node.told("a") + node.told("b") + node.told("c") + node.told("d"), "e1e2");
  node.sweep("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("c") + node.told("d"), "e3e4");
}

CAF_TEST(the jobs of a crashed shard come back with a new one) {
  node_fixture node;
  node.post("a", "retry 1");
  node.post("b");
  node.settle();
  auto shard = "shard:" + std::to_string(shard_of("a", 4));
  node.crash(shard);
  node.settle();
  node.post("a");
  node.advance(10s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e3");
  CAF_CHECK_EQUAL(node.told("b"), "e2");
}

CAF_TEST(events on their way to a crashed shard are applied) {
  node_fixture node;
  node.post("a");
  node.settle_without("shard");
  node.crash("shard:" + std::to_string(shard_of("a", 4)));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.count("shard"), 4u);
}

CAF_TEST(a crash without room on the disk still ends in a restart) {
  node_fixture node;
  node.post("a", "throw 1");
  while (node.waiting("a").empty())
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  node.advance(100ms);
  node.store->before_write = nullptr;
  node.advance(20s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(a park without room on the disk is decided again later) {
  node_fixture node;
  node.post("a", "throw 99");
  while (node.waiting("a").empty())
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  node.advance(10s);
  CAF_CHECK(node.store->load_job("a")->mode == job_mode::active);
  node.store->before_write = nullptr;
  node.advance(20s);
  CAF_CHECK_EQUAL(node.state_of("a"), "parked");
  CAF_CHECK(node.store->load_job("a")->mode == job_mode::parked);
}

CAF_TEST(a resume that overtakes the news of a park is not forgotten) {
  auto options = node_fixture::small();
  options.sequencing.on_gap = gap_policy::park;
  node_fixture node{options};
  event_details early;
  early.number = 5;
  node.post("a", "ok", early);
  node.settle();
  node.jump(6s);
  // The job's own decision to park is committed; its news is not out yet.
  while (node.store->load_job("a")->mode != job_mode::parked)
    node.run_at(0);
  event_details missing;
  for (std::uint64_t number = 1; number <= 4; ++number) {
    missing.number = number;
    node.post("a", "ok", missing);
  }
  node.ask("job.resume", {{"job", "a"}});
  node.settle_without("job");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e2 e3 e4 e5 e1");
}
