#define CAF_SUITE actors.job
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

event_details numbered(std::uint64_t number) {
  event_details out;
  out.number = number;
  return out;
}

std::vector<dead_letter> letters(const node_fixture& node) {
  return node.store->dead_letters({}, "", 100)->letters;
}

std::size_t attempts_of_first(const node_fixture& node, const job_id& job) {
  return node.store->pending(job, 0, {})->events.at(0).attempts.size();
}

} // namespace

CAF_TEST(events of one job are applied in the order of their acceptance) {
  node_fixture node;
  for (int i = 0; i < 5; ++i)
    node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3 e4 e5");
  CAF_CHECK_EQUAL(node.waiting("a"), "");
  CAF_CHECK_EQUAL(node.store->load_job("a")->states.at(0).second, R"({"count":5})");
}

CAF_TEST(an emitted event follows its cause in the same commit) {
  node_fixture node;
  node.post("a", "emit 2");
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 +made +made e2");
  CAF_CHECK_EQUAL(node.stream("a").at(2).caused_by, 2u);
}

CAF_TEST(a retry waits for its time and holds up its job alone) {
  node_fixture node;
  node.post("a", "retry 1");
  node.post("a");
  node.post("b");
  node.settle();
  CAF_CHECK_EQUAL(node.told("b"), "e3");
  // 75 % of the first wait of 2 s: the fixture's dice always show 0.5.
  node.advance(1499ms);
  CAF_CHECK_EQUAL(node.told("a"), "");
  node.advance(1ms);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(the second retry waits twice as long) {
  node_fixture node;
  node.post("a", "retry 2");
  node.advance(1500ms);
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e1#2");
  node.advance(2999ms);
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e1#2");
  node.advance(1ms);
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e1#2 e1#3");
}

CAF_TEST(a failed run is in the store before the next one) {
  node_fixture node;
  node.post("a", "retry 2");
  node.settle();
  CAF_CHECK_EQUAL(attempts_of_first(node, "a"), 1u);
  node.advance(1500ms);
  CAF_CHECK_EQUAL(attempts_of_first(node, "a"), 2u);
}

CAF_TEST(failed runs survive the node) {
  node_fixture node;
  node.post("a", "retry 4");
  node.advance(1500ms);
  node.restart();
  node.advance(60s);
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e1#2 e1#3 e1#4 e1#5");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(an event before a retry is not applied again) {
  node_fixture node;
  node.post("a");
  node.post("a", "retry 1");
  node.advance(5s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e2#1 e2#2");
}

CAF_TEST(a numbered event that waits for its retry survives the job) {
  node_fixture node;
  node.post("a", "ok", numbered(1));
  node.post("a", "retry 1", numbered(2));
  node.post("a", "ok", numbered(3));
  node.settle();
  node.restart();
  node.advance(5s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
}

CAF_TEST(a numbered event that waits behind a commit survives the job) {
  node_fixture node;
  node.post("a", "ok", numbered(0));
  node.post("a", "throw 1", numbered(1));
  node.settle();
  // e2 crashed once: it waits until e1 is committed, and then the node dies.
  node.jump(50ms);
  node.settle_without("store_writer");
  node.store->before_write = [&](const storage::write_batch& batch) {
    for (const auto& commit : batch.commits)
      CAF_CHECK_EQUAL(commit.cursors.at("api").seq, 0u);
    return std::optional<error>{};
  };
  while (node.runnable() > 0 && node.told("a").empty())
    node.run_at(0);
  node.store->before_write = nullptr;
  node.restart();
  node.advance(5s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(an event that is out of retries becomes a dead letter at its number) {
  node_fixture node;
  node.post("a");
  node.post("a", "retry 99");
  node.post("a");
  node.advance(600s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 !e2 e3");
  auto found = letters(node);
  CAF_REQUIRE(found.size() == 1);
  CAF_CHECK_EQUAL(found[0].event_id, "e2");
  CAF_CHECK_EQUAL(found[0].seq, 2u);
  CAF_CHECK_EQUAL(found[0].code, "attempts-exhausted");
  CAF_CHECK_EQUAL(found[0].attempts.size(), 5u);
  CAF_CHECK_EQUAL(found[0].fingerprint.size(), 16u);
  CAF_CHECK_EQUAL(node.store->find_dead_letter(found[0].id)->second->body.payload, R"("retry 99")");
}

CAF_TEST(an event that its handler gives up is dead at once and leaves no effects) {
  node_fixture node;
  node.post("a", "dead");
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "!e1 e2");
  CAF_CHECK_EQUAL(letters(node).at(0).code, "planned-end");
  CAF_CHECK(!node.store->record("seen", "e1"));
  CAF_CHECK(node.store->record("seen", "e2"));
  CAF_CHECK_EQUAL(node.store->load_job("a")->states.at(0).second, R"({"count":1})");
}

CAF_TEST(a crash counts one attempt of the event in flight only) {
  node_fixture node;
  node.post_all({node.make_event("a", "ok", {}), node.make_event("a", "throw 1", {}), node.make_event("a", "ok", {})});
  node.settle();
  auto pending = node.store->pending("a", 0, {})->events;
  CAF_REQUIRE(pending.size() == 3);
  CAF_CHECK_EQUAL(pending[0].attempts.size(), 0u);
  CAF_REQUIRE(pending[1].attempts.size() == 1);
  CAF_CHECK_EQUAL(pending[1].attempts[0].outcome, "crash");
  CAF_CHECK_EQUAL(pending[1].attempts[0].handler, "plan");
  CAF_CHECK_EQUAL(pending[1].attempts[0].detail, "planned crash of e2");
  CAF_CHECK_EQUAL(pending[2].attempts.size(), 0u);
}

CAF_TEST(events before and after a crash are applied once) {
  node_fixture node;
  node.post_all(
      {node.make_event("a", "emit 1", {}), node.make_event("a", "throw 1", {}), node.make_event("a", "ok", {})});
  node.advance(1s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 +made e2 e3");
  CAF_CHECK_EQUAL(node.store->load_job("a")->states.at(0).second, R"({"count":3})");
}

CAF_TEST(a suspect runs alone behind what is committed) {
  node_fixture node;
  node.post_all({node.make_event("a", "ok", {}), node.make_event("a", "throw 2", {})});
  node.advance(1s);
  // Lost with the first crash, e1 ran again; the second crash cost it nothing.
  CAF_CHECK_EQUAL(node.runs(), "e1#1 e2#1 e1#1 e2#2 e2#3");
}

CAF_TEST(a poison event ends as a dead letter and its job goes on) {
  node_fixture node;
  node.post("a", "throw 99");
  node.post("a");
  node.advance(60s);
  CAF_CHECK_EQUAL(node.told("a"), "!e1 e2");
  CAF_CHECK_EQUAL(letters(node).at(0).code, "handler-crashed");
  CAF_CHECK_EQUAL(letters(node).at(0).attempts.size(), 5u);
  CAF_CHECK_EQUAL(node.state_of("a"), "idle");
}

CAF_TEST(a backlog much larger than the window is applied once and in order) {
  auto options = node_fixture::small();
  options.job_window = 3;
  options.commit_entries = 2;
  node_fixture node{options};
  std::string wanted;
  for (int i = 1; i <= 100; ++i) {
    node.post("a");
    wanted += (i > 1 ? " e" : "e") + std::to_string(i);
  }
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), wanted);
}

CAF_TEST(events that were not offered while the mailbox was full come before later ones) {
  auto options = node_fixture::small();
  options.job_window = 2;
  node_fixture node{options};
  node.post("a", "retry 1");
  node.settle();
  // Two wait in the mailbox: the third one stays in the store.
  for (int i = 0; i < 3; ++i) {
    node.post("a");
    node.settle_without("job");
  }
  CAF_CHECK(node.services().board.find("job:a")->behind);
  node.settle();
  node.post("a"); // there is room again, and the job has not looked yet
  node.advance(5s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3 e4 e5");
}

CAF_TEST(a mailbox takes no more of one group than it has room for) {
  auto options = node_fixture::small();
  options.job_window = 2;
  node_fixture node{options};
  node.post("a", "retry 1");
  node.settle();
  for (int i = 0; i < 5; ++i)
    node.post("a");
  node.settle_without("job");
  CAF_CHECK_EQUAL(node.services().board.find("job:a")->mailbox(), 2u);
  CAF_CHECK(node.services().board.find("job:a")->behind);
  node.advance(5s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3 e4 e5 e6");
}

CAF_TEST(numbered events are applied in the order of their numbers) {
  node_fixture node;
  for (auto number : {2u, 0u, 3u, 1u})
    node.post("a", "ok", numbered(number));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e2 e4 e1 e3");
}

CAF_TEST(a second copy of a number is finished without an entry) {
  node_fixture node;
  node.post("a", "ok", numbered(1));
  node.settle();
  auto copy = numbered(1);
  copy.wait = 1s;
  auto second = node.post("a", "ok", copy);
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.waiting("a"), "");
  CAF_CHECK_EQUAL(second->word(), "duplicate");
}

CAF_TEST(a missing number is declared a gap after its time and what comes then is late) {
  node_fixture node;
  node.post("a", "ok", numbered(1));
  node.post("a", "ok", numbered(4));
  node.advance(4999ms);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  node.advance(2ms);
  CAF_CHECK_EQUAL(node.told("a"), "e1 gap(2-3) e2");
  node.post("a", "ok", numbered(3));
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 gap(2-3) e2 !e3");
  CAF_CHECK_EQUAL(letters(node).at(0).code, "late");
}

CAF_TEST(a gap that is due is declared when the job returns to memory) {
  node_fixture node;
  node.post("a", "ok", numbered(1));
  node.post("a", "ok", numbered(4));
  node.settle();
  node.restart();
  node.advance(5s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 gap(2-3) e2");
}

CAF_TEST(a missing number behind a full window is found in the store) {
  auto options = node_fixture::small();
  options.job_window = 4;
  options.sequencing.reorder_window = 100;
  node_fixture node{options};
  node.crash("router"); // nothing is offered: the job finds all in the store
  for (std::uint64_t number = 2; number <= 30; ++number)
    node.post("a", "ok", numbered(number));
  node.post("a", "ok", numbered(1));
  node.advance(10s);
  CAF_CHECK_EQUAL(node.stream("a").size(), 30u);
  CAF_CHECK_EQUAL(node.stream("a").at(0).body->body.id, "e30");
  CAF_CHECK_EQUAL(letters(node).size(), 0u);
}

CAF_TEST(a job whose policy is to park stops at a gap and goes on when resumed with the number) {
  auto options = node_fixture::small();
  options.sequencing.on_gap = gap_policy::park;
  node_fixture node{options};
  node.post("a", "ok", numbered(1));
  node.post("a", "ok", numbered(3));
  node.advance(6s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.state_of("a"), "parked");
  node.post("a", "ok", numbered(2));
  node.advance(6s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  node.ask("job.resume", {{"job", "a"}});
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e3 e2");
}

CAF_TEST(a commit that the store refuses sends the job back to the store) {
  node_fixture node;
  node.post("a");
  node.settle();
  node.post("a");
  // Somebody else writes first, while the job's own commit is on its way.
  node.store->before_write = [&](const storage::write_batch& batch) {
    if (!batch.commits.empty()) {
      node.store->before_write = nullptr;
      const_cast<storage::write_batch&>(batch).commits[0].expected_last = 7;
    }
    return std::optional<error>{};
  };
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.state_of("a"), "backoff");
  CAF_CHECK_EQUAL(attempts_of_first(node, "a"), 0u);
  node.advance(1s);
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}

CAF_TEST(a commit without room on the disk is repeated and nothing is lost) {
  node_fixture node;
  node.post("a");
  while (node.waiting("a").empty())
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  node.advance(10s);
  CAF_CHECK_EQUAL(node.told("a"), "");
  CAF_CHECK(node.services().health.disk == storage::disk_state::exhausted);
  node.store->before_write = nullptr;
  node.advance(1s);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.runs(), "e1#1");
  CAF_CHECK(node.services().health.disk == storage::disk_state::ok);
}

CAF_TEST(an event that comes while its job is loaded is applied) {
  node_fixture node;
  node.post("a");
  node.settle_without("store_reader");
  node.post("a");
  node.settle_without("store_reader");
  CAF_CHECK_EQUAL(node.told("a"), "");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2");
}
