#define CAF_SUITE actors.node_supervisor
#include "actors/store_watch.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

CAF_TEST(jobs with unfinished work are woken at the start) {
  node_fixture node;
  node.post("a", "retry 1");
  node.post("b", "retry 1");
  node.settle();
  node.restart();
  node.settle();
  CAF_CHECK_EQUAL(node.told("a") + node.told("b"), "e1e2");
}

CAF_TEST(more unfinished jobs than fit a page are all woken) {
  auto options = node_fixture::small();
  options.breaker.jobs = 0; // so many jobs that fail alike are an incident
  node_fixture node{options};
  for (int i = 0; i < 1'200; ++i)
    node.post("job-" + std::to_string(i), "retry 1");
  node.settle();
  node.restart();
  node.settle();
  CAF_CHECK_EQUAL(node.store->stats().pending, 0u);
}

CAF_TEST(whatever service crashes is rebuilt and events are applied in order) {
  for (auto name : {"ingest", "router", "broadcaster", "dead_letter", "inspector", "store_reader", "history_reader"}) {
    // The crash meets the events after each number of steps in turn.
    for (std::size_t steps = 0; steps < 16; ++steps) {
      node_fixture node;
      node.post("a");
      node.settle();
      node.post("a");
      for (std::size_t i = 0; i < steps && node.runnable() > 0; ++i)
        node.run_at(0);
      node.crash(name);
      node.post("a");
      node.settle();
      node.post("a");
      node.settle();
      // A request that was lost with its actor is answered and sent again.
      auto told = node.told("a");
      CAF_CHECK(told == "e1 e2 e3 e4" || (std::string{name} == "ingest" && told.ends_with("e4")));
      CAF_CHECK_EQUAL(node.waiting("a"), "");
      CAF_CHECK(node.fatal.empty());
    }
  }
}

CAF_TEST(a job that waits for a reader that died is loaded by the next one) {
  node_fixture node;
  node.post("a");
  node.settle_without("store_reader");
  node.crash("store_reader");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(a node whose way in does not answer says so until it does) {
  for (auto stuck : {"ingest", "router"}) {
    node_fixture node;
    node.settle();
    auto& all = node.services();
    CAF_CHECK(!actors::is_deaf(all));
    node.jump(11s);
    CAF_CHECK(actors::is_deaf(all));
    const auto call = [&] { caf::anon_send(all.where.get()->root, actors::tick_sweep{}); };
    call();
    node.settle_without(stuck);
    CAF_CHECK(actors::is_deaf(all));
    CAF_CHECK_EQUAL(actors::complaints(all).at(0), "ingest: does not answer");
    node.settle();
    CAF_CHECK(!actors::is_deaf(all));
    // One that is new answers like the one before.
    node.crash(stuck);
    node.settle();
    node.jump(11s);
    call();
    node.settle();
    CAF_CHECK(!actors::is_deaf(all));
  }
}

CAF_TEST(every kind of actor is in the list of kinds) {
  node_fixture node;
  node.post("a");
  const auto client = node.connect();
  node.settle();
  for (const auto& [kind, count] : node.services().board.count_by_kind())
    CAF_CHECK(std::count(actors::actor_kinds.begin(), actors::actor_kinds.end(), kind) == 1);
}

CAF_TEST(restarts of services and shards are counted) {
  node_fixture node;
  node.crash("router");
  node.settle();
  node.crash("router");
  node.settle();
  CAF_CHECK_EQUAL(node.services().board.find("router")->restarts.load(), 2u);
  node.crash("shard:1");
  node.settle();
  node.crash("shard:1");
  node.settle();
  CAF_CHECK_EQUAL(node.services().board.find("shard:001")->restarts.load(), 2u);
}

CAF_TEST(a node whose services crash too often gives up) {
  node_fixture node;
  for (int i = 0; i < 5; ++i) {
    node.crash("router");
    node.settle();
  }
  CAF_CHECK(node.fatal.empty());
  node.crash("shard:1");
  node.settle();
  CAF_CHECK(node.fatal == std::vector<int>{70});
}

CAF_TEST(crashes that lie a minute apart are no reason to give up) {
  node_fixture node;
  for (int i = 0; i < 20; ++i) {
    node.crash("router");
    node.advance(61s);
  }
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(a store writer that crashes ends the node) {
  node_fixture node;
  node.crash("store_writer");
  node.settle();
  CAF_CHECK(node.fatal == std::vector<int>{70});
}

CAF_TEST(a root that fails ends the node) {
  node_fixture node;
  node.crash("node");
  node.settle();
  CAF_CHECK(node.fatal == std::vector<int>{70});
}

CAF_TEST(a node that is drained leaves nothing running) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  node.post("a");
  node.post("b", "retry 1");
  node.post("c", "throw 1");
  node.settle();
  node.drain();
  node.settle();
  CAF_CHECK_EQUAL(node.actors_alive(), 0u);
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(a drain lets commits in flight finish) {
  node_fixture node;
  auto reply = node.post("a");
  while (node.runs().empty())
    node.run_at(0);
  node.drain();
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.actors_alive(), 0u);
  CAF_CHECK_EQUAL(reply->word(), "accepted");
}

CAF_TEST(a node that is draining takes no more events) {
  node_fixture node;
  node.post("a", "retry 1");
  while (node.runs().empty())
    node.run_at(0);
  node.drain();
  node.settle_without("store_writer");
  auto reply = node.post("a");
  node.settle_without("store_writer");
  CAF_CHECK_EQUAL(reply->word(), "not-ready");
  node.settle();
}

CAF_TEST(a drain that takes too long ends by force and loses nothing) {
  node_fixture node;
  node.post("a");
  while (node.waiting("a").empty())
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  node.settle();
  node.drain();
  node.advance(9s);
  CAF_CHECK_GREATER(node.actors_alive(), 0u);
  node.advance(2s);
  CAF_CHECK_EQUAL(node.actors_alive(), 0u);
  node.store->before_write = nullptr;
  node.restart();
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(what is posted after the end is answered) {
  node_fixture node;
  node.drain();
  node.settle();
  auto reply = node.post("a");
  CAF_CHECK_EQUAL(reply->answers, 1);
  CAF_CHECK(!reply->accepted);
}
