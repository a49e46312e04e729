#define CAF_SUITE actors.turn_board
#include "actors/turn_board.hpp"

#include "domain/placement.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

actors::node_options one_shard(std::size_t turns_at_once) {
  auto out = node_fixture::small();
  out.shard_count = 1;
  out.turns_at_once = turns_at_once;
  out.max_active_jobs = 100'000;
  return out;
}

void post_many(node_fixture& node, const job_id& job, int count, event_priority rank = event_priority::normal) {
  std::vector<event> events;
  for (int i = 0; i < count; ++i) {
    events.push_back(node.make_event(job, "ok", {}));
    events.back().priority = rank;
  }
  node.post_all(std::move(events));
}

/// Events of each job that are finished, in the order of their commits.
class commit_watch {
public:
  explicit commit_watch(node_fixture& node) {
    node.store->before_write = [this](const storage::write_batch& batch) -> std::optional<error> {
      for (const auto& commit : batch.commits)
        if (!commit.finished.empty())
          turns.emplace_back(commit.job, commit.finished.size());
      return std::nullopt;
    };
  }

  [[nodiscard]] std::size_t turns_of(const job_id& job, std::size_t from = 0) const {
    return static_cast<std::size_t>(std::count_if(turns.begin() + static_cast<std::ptrdiff_t>(from), turns.end(),
                                                  [&](const auto& turn) { return turn.first == job; }));
  }
  /// Where in the order the job's first turn is.
  [[nodiscard]] std::size_t first_of(const job_id& job) const {
    const auto found = std::find_if(turns.begin(), turns.end(), [&](const auto& turn) { return turn.first == job; });
    return static_cast<std::size_t>(found - turns.begin());
  }

  std::vector<std::pair<job_id, std::size_t>> turns;
};

/// Loads the jobs into memory, so that all that follows is about turns.
void wake(node_fixture& node, const std::vector<job_id>& jobs) {
  for (const auto& job : jobs)
    node.post(job);
  node.settle();
}

/// The events are durable, the jobs that have a turn wait for their commits.
void let_commits_pile_up(node_fixture& node) {
  node.settle_without("job");
  node.settle_without("store_writer");
}

/// Ends the job before it looks at what it is sent; `kind` does not run meanwhile.
void strike_before(node_fixture& node, const job_id& job, const std::string& kind) {
  while (!node.crash_job(job)) {
    std::size_t next = 0;
    while (next < node.runnable() && node.kind_at(next) == kind)
      ++next;
    if (next == node.runnable())
      CAF_FAIL("the job has nothing to look at");
    node.run_at(next);
  }
}

std::vector<job_id> named(const std::string& prefix, int count) {
  std::vector<job_id> out;
  for (int i = 0; i < count; ++i)
    out.push_back(fmt::format("{}{:05}", prefix, i));
  return out;
}

} // namespace

CAF_TEST(a job alone goes on from turn to turn without being told) {
  node_fixture node{one_shard(1)};
  commit_watch watch{node};
  post_many(node, "a", 1'000);
  node.settle();
  CAF_CHECK_EQUAL(node.stream("a").size(), 1'000u);
  // The window is 256 and a turn 128: nothing smaller comes of waiting.
  CAF_CHECK_LESS_OR_EQUAL(watch.turns_of("a"), 9u);
}

CAF_TEST(cold jobs have their turn before a hot one has its next) {
  node_fixture node{one_shard(1)};
  const auto cold = named("cold", 500);
  wake(node, cold);
  commit_watch watch{node};
  // 100,000 events wait in the log when the cold ones come.
  node.settle();
  for (int i = 0; i < 10; ++i)
    post_many(node, "hot", 10'000);
  while (watch.turns_of("hot") < 2)
    node.run_at(0);
  for (const auto& job : cold)
    node.post(job);
  const auto came = watch.turns.size();
  std::size_t cold_done = 0;
  while (cold_done < cold.size()) {
    node.run_at(0);
    cold_done = 0;
    for (auto at = watch.turns.begin() + static_cast<std::ptrdiff_t>(came); at != watch.turns.end(); ++at)
      cold_done += at->first == "hot" ? 0u : 1u;
  }
  // Those that were on their way when the cold ones came, and one at the end
  // of each round; a round is all of them.
  CAF_CHECK_LESS_OR_EQUAL(watch.turns_of("hot", came), 8u);
  for (const auto& [job, events] : watch.turns)
    CAF_REQUIRE_LESS_OR_EQUAL(events, 128u);
  node.settle();
  CAF_CHECK_EQUAL(node.waiting("hot"), "");
  CAF_CHECK_EQUAL(node.store->load_job("hot")->last_seq, 100'000u);
}

CAF_TEST(turns at once are bounded) {
  node_fixture node{one_shard(3)};
  const auto jobs = named("j", 50);
  wake(node, jobs);
  std::size_t most = 0;
  node.store->before_write = [&](const storage::write_batch& batch) -> std::optional<error> {
    most = std::max(most, batch.commits.size());
    return std::nullopt;
  };
  for (const auto& job : jobs)
    node.post(job);
  let_commits_pile_up(node);
  node.settle();
  CAF_CHECK_EQUAL(most, 3u);
  for (const auto& job : jobs)
    CAF_CHECK_EQUAL(node.stream(job).size(), 2u);
}

CAF_TEST(an urgent job overtakes those that wait and the order in each stays) {
  node_fixture node{one_shard(1)};
  const auto normal = named("n", 40);
  wake(node, normal);
  wake(node, {"urgent", "slow"});
  commit_watch watch{node};
  post_many(node, "slow", 2, event_priority::low);
  for (const auto& job : normal)
    post_many(node, job, 128);
  post_many(node, "urgent", 1);
  post_many(node, "urgent", 1, event_priority::high);
  node.settle_without("job");
  node.settle();
  // A class is served in shares of 4 and 16 quanta, so a few come first.
  CAF_CHECK_LESS_OR_EQUAL(watch.first_of("urgent"), 6u);
  const auto told = node.stream("urgent");
  CAF_REQUIRE_EQUAL(told.size(), 3u);
  CAF_CHECK(told[1].body->body.priority == event_priority::normal);
  CAF_CHECK(told[2].body->body.priority == event_priority::high);
  CAF_CHECK_EQUAL(node.stream("slow").size(), 3u);
  CAF_CHECK_LESS(watch.first_of("slow"), watch.turns.size() - 1);
}

CAF_TEST(a job that dies in its turn or while it waits keeps nobody waiting) {
  node_fixture node{one_shard(1)};
  const auto jobs = named("j", 6);
  wake(node, jobs);
  for (const auto& job : jobs)
    node.post(job);
  // One has the turn and its commit is on its way, the others wait.
  let_commits_pile_up(node);
  node.ask("job.passivate", {{"job", jobs[3]}});
  strike_before(node, jobs[3], "store_writer");
  strike_before(node, jobs[0], "");
  node.advance(10s);
  for (const auto& job : jobs)
    CAF_CHECK_EQUAL(node.waiting(job), "");
}

CAF_TEST(a job that waits for a retry gives its turn away) {
  node_fixture node{one_shard(1)};
  wake(node, {"a", "b"});
  node.post("a", "retry 1");
  node.settle();
  node.post("b");
  node.settle();
  CAF_CHECK_EQUAL(node.stream("a").size(), 1u);
  CAF_CHECK_EQUAL(node.stream("b").size(), 2u);
  node.advance(10s);
  CAF_CHECK_EQUAL(node.stream("a").size(), 2u);
}

CAF_TEST(a job that is paused while it waits for its turn leaves and comes back) {
  node_fixture node{one_shard(1)};
  wake(node, {"a", "b"});
  node.post("a");
  node.post("b");
  let_commits_pile_up(node);
  node.ask("job.pause", {{"job", "b"}});
  node.settle();
  node.post("b");
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.stream("a").size(), 3u);
  node.ask("job.resume", {{"job", "b"}});
  node.settle();
  CAF_CHECK_EQUAL(node.stream("b").size(), 3u);
}

CAF_TEST(large events make a turn shorter) {
  auto options = one_shard(1);
  options.job_window = 1'000;
  node_fixture node{options};
  wake(node, {"a"});
  commit_watch watch{node};
  std::vector<event> events;
  for (int i = 0; i < 12; ++i) {
    events.push_back(node.make_event("a", "ok", {}));
    events.back().payload = std::string(std::size_t{512} << 10, ' ') + events.back().payload;
  }
  node.post_all(std::move(events));
  node.settle();
  CAF_CHECK_EQUAL(node.stream("a").size(), 13u);
  for (const auto& [job, count] : watch.turns)
    CAF_CHECK_LESS_OR_EQUAL(count, 4u);
}
