#define CAF_SUITE actors.ingest
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

event_details waits(std::chrono::milliseconds wait) {
  event_details out;
  out.wait = wait;
  return out;
}

event_details named(const std::string& id) {
  event_details out;
  out.id = id;
  return out;
}

} // namespace

CAF_TEST(an event is acknowledged when it is durable and not before) {
  node_fixture node;
  auto reply = node.post("a");
  node.settle_without("store_writer");
  CAF_CHECK_EQUAL(reply->answers, 0);
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "accepted");
  CAF_CHECK_EQUAL(reply->answers, 1);
}

CAF_TEST(a request that waits is told the number of its event) {
  node_fixture node;
  node.post("a");
  auto reply = node.post("a", "ok", waits(1s));
  auto dead = node.post("a", "dead", waits(1s));
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "processed");
  CAF_CHECK_EQUAL(reply->seq(), 2u);
  CAF_CHECK(reply->answer.waited);
  CAF_CHECK_EQUAL(dead->word(), "dead");
  CAF_CHECK_EQUAL(dead->seq(), 3u);
}

CAF_TEST(a request that waits in vain is told that its event is accepted) {
  node_fixture node;
  auto reply = node.post("a", "retry 1", waits(1s));
  node.advance(999ms);
  CAF_CHECK_EQUAL(reply->answers, 0);
  node.advance(1ms);
  CAF_CHECK_EQUAL(reply->word(), "accepted");
  CAF_CHECK(!reply->answer.waited);
  node.advance(10s);
  CAF_CHECK_EQUAL(reply->answers, 1);
}

CAF_TEST(a request of several events waits for all of them) {
  node_fixture node;
  auto reply = node.post_all({node.make_event("a", "ok", {}), node.make_event("b", "retry 1", {})}, waits(5s));
  node.settle();
  CAF_CHECK_EQUAL(reply->answers, 0);
  node.advance(2s);
  CAF_REQUIRE(reply->answer.items.size() == 2);
  CAF_CHECK_EQUAL(reply->answer.items[0].seq, 1u);
  CAF_CHECK_EQUAL(reply->answer.items[1].seq, 1u);
  CAF_CHECK_EQUAL(reply->answer.items[1].status, "processed");
}

CAF_TEST(a second event with the same id is a duplicate and has no effect) {
  node_fixture node;
  node.post("a", "ok", named("x"));
  node.settle();
  auto again = node.post("a", "ok", named("x"));
  auto waiting = named("x");
  waiting.wait = 5s;
  auto third = node.post("a", "ok", waiting);
  node.settle();
  CAF_CHECK_EQUAL(again->word(), "duplicate");
  CAF_CHECK_EQUAL(again->seq(), 1u);
  CAF_CHECK_EQUAL(third->word(), "duplicate");
  CAF_CHECK_EQUAL(node.told("a"), "x");
}

CAF_TEST(a request that is sent again with its key gets the same answer) {
  node_fixture node;
  event_details details;
  details.key = "key-1";
  auto first = node.post("a", "ok", details);
  node.settle();
  auto second = node.post("a", "ok", details);
  node.settle();
  CAF_CHECK(!first->answer.replayed);
  CAF_CHECK(second->answer.replayed);
  CAF_CHECK_EQUAL(second->answer.items.at(0).id, first->answer.items.at(0).id);
  CAF_CHECK_EQUAL(node.stream("a").size(), 1u);
}

CAF_TEST(an event without id and time is given both) {
  node_fixture node;
  auto body = node.make_event("a", "ok", {});
  body.id.clear();
  node.post_all({body});
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "made-2");
  CAF_CHECK(node.stream("a").at(0).body->body.time == node.now());
}

CAF_TEST(events beyond the backlog are refused with a time to come again) {
  auto options = node_fixture::small();
  options.max_backlog = 3;
  node_fixture node{options};
  for (int i = 0; i < 3; ++i)
    node.post("a", "retry 1");
  node.settle();
  auto refused = node.post("b");
  node.settle();
  CAF_CHECK_EQUAL(refused->word(), "overloaded");
  CAF_CHECK_GREATER(refused->refused.retry_after.count(), 0);
  node.advance(60s);
  auto later = node.post("b");
  node.settle();
  CAF_CHECK_EQUAL(later->word(), "accepted");
}

CAF_TEST(refused and doubled events leave the backlog) {
  auto options = node_fixture::small();
  options.max_backlog = 3;
  node_fixture node{options};
  for (int i = 0; i < 10; ++i) {
    node.post("a", "ok", named("x"));
    node.settle();
  }
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  for (int i = 0; i < 10; ++i) {
    auto refused = node.post("a");
    node.settle();
    CAF_CHECK_EQUAL(refused->word(), "disk-full");
    CAF_CHECK_GREATER(refused->refused.retry_after.count(), 0);
  }
  node.store->before_write = nullptr;
  auto last = node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(last->word(), "accepted");
}

CAF_TEST(events of jobs that died are not counted for ever) {
  auto options = node_fixture::small();
  options.max_backlog = 2;
  node_fixture node{options};
  for (int i = 1; i <= 6; ++i) {
    auto reply = node.post("a");
    while (static_cast<int>(node.stream("a").size()) < i)
      node.run_at(0);
    // Committed; the job dies before it hears of it.
    CAF_REQUIRE(node.crash_job("a"));
    node.advance(100s);
    CAF_CHECK_EQUAL(reply->word(), "accepted");
  }
}

CAF_TEST(a caller above its rate is refused and others are not ) {
  auto options = node_fixture::small();
  options.caller_rate = 1;
  node_fixture node{options};
  node.post("a");
  auto second = node.post("a");
  event_details other;
  other.caller = "somebody";
  auto third = node.post("a", "ok", other);
  node.settle();
  CAF_CHECK_EQUAL(second->word(), "rate-limited");
  CAF_CHECK_EQUAL(third->word(), "accepted");
}

CAF_TEST(a request whose ingest dies is answered and its event is applied once) {
  node_fixture node;
  node.post("a");
  node.settle();
  auto first = node.post("a");
  node.settle_without("store_writer");
  node.crash("ingest");
  node.settle_without("store_writer");
  CAF_CHECK_EQUAL(first->word(), "timed-out");
  // The new one is at work before the append of the old one is written.
  auto second = node.post("a", "ok", waits(5s));
  node.settle();
  CAF_CHECK_EQUAL(second->word(), "processed");
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
}

CAF_TEST(events of an ingest that died go in front of what its successor takes) {
  node_fixture node;
  node.post("a");
  node.settle();
  node.post("a");
  node.settle_without("store_writer");
  node.crash("ingest");
  node.settle_without("store_writer");
  // Both wait for the same write.
  node.post("a");
  node.settle_without("store_writer");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3");
  CAF_CHECK_EQUAL(node.waiting("a"), "");
}

CAF_TEST(a request that waits at a broadcaster that dies is answered) {
  node_fixture node;
  auto reply = node.post("a", "retry 1", waits(60s));
  node.settle();
  node.crash("broadcaster");
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "timed-out");
  node.advance(60s);
  CAF_CHECK_EQUAL(reply->answers, 1);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

// -- what one job may hold -----------------------------------------------------------

namespace {

/// Room for four small events of one job that do not get on.
actors::node_options four_events() {
  auto options = node_fixture::small();
  options.job_max_held = 4 * 256 + 4 * std::string_view{"\"retry 9\""}.size();
  return options;
}

std::string words(const posted& reply) {
  std::string out;
  for (const auto& item : reply.answer.items)
    out += (out.empty() ? "" : " ") + item.job + ":" + item.status;
  return out;
}

} // namespace

CAF_TEST(events beyond what a job may hold are refused for that job alone) {
  node_fixture node{four_events()};
  std::vector<posted_ptr> taken;
  for (int i = 0; i < 4; ++i)
    taken.push_back(node.post("hot", "retry 9"));
  // Not yet durable, and counted all the same.
  auto refused = node.post("hot", "retry 9");
  auto other = node.post("cold");
  node.settle();
  for (const auto& reply : taken)
    CAF_CHECK_EQUAL(reply->word(), "accepted");
  CAF_CHECK_EQUAL(refused->word(), "rate-limited");
  CAF_CHECK_EQUAL(refused->refused.retry_after / 1s, 60);
  CAF_CHECK_EQUAL(other->word(), "accepted");
  CAF_CHECK_EQUAL(node.told("cold"), "e6");
}

CAF_TEST(a job that has finished what it held takes events again) {
  auto options = node_fixture::small();
  options.job_max_held = 4 * 300;
  node_fixture node{options};
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 4; ++i) {
      auto reply = node.post("a");
      node.settle();
      CAF_REQUIRE_EQUAL(reply->word(), "accepted");
    }
  }
  CAF_CHECK_EQUAL(node.stream("a").size(), 80u);
  CAF_CHECK_EQUAL(node.services().held.with([](auto& held) { return held.jobs(); }), 0u);
}

CAF_TEST(a request with events of several jobs is answered event by event) {
  node_fixture node{four_events()};
  for (int i = 0; i < 3; ++i)
    node.post("hot", "retry 9");
  node.settle();
  std::vector<event> events;
  for (auto job : {"hot", "cold", "hot", "hot", "mild"})
    events.push_back(node.make_event(job, "retry 9", {}));
  auto reply = node.post_all(events, waits(1s));
  node.advance(1s);
  CAF_CHECK_EQUAL(words(*reply), "hot:accepted cold:accepted hot:rejected hot:rejected mild:accepted");
  CAF_REQUIRE_EQUAL(reply->answer.items.size(), 5u);
  CAF_CHECK_EQUAL(reply->answer.items[2].id, events[2].id);
  CAF_CHECK(reply->answer.items[2].refused->why.code == errc::rate_limited);
  CAF_CHECK(!reply->answer.items[1].refused);
  CAF_CHECK_EQUAL(node.waiting("hot"), "e1 e2 e3 e4");
  // None of them left: the request as a whole is refused.
  auto again = node.post_all({events[2], events[3]});
  node.settle();
  CAF_CHECK_EQUAL(again->word(), "rate-limited");
}

CAF_TEST(a request with a key is taken whole or not at all) {
  node_fixture node{four_events()};
  for (int i = 0; i < 4; ++i)
    node.post("hot", "retry 9");
  node.settle();
  event_details keyed;
  keyed.key = "key-1";
  auto reply = node.post_all({node.make_event("cold", "ok", {}), node.make_event("hot", "ok", {})}, keyed);
  node.settle();
  CAF_CHECK_EQUAL(reply->word(), "rate-limited");
  CAF_CHECK_EQUAL(node.told("cold"), "");
  CAF_CHECK_EQUAL(node.services().held.with([](auto& held) { return held.of("cold").events; }), 0u);
}

CAF_TEST(duplicates and events that could not be written hold nothing) {
  node_fixture node{four_events()};
  for (int i = 0; i < 10; ++i) {
    node.post("a", "ok", named("x"));
    node.settle();
  }
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  for (int i = 0; i < 10; ++i) {
    auto refused = node.post("a");
    node.settle();
    CAF_REQUIRE_EQUAL(refused->word(), "disk-full");
  }
  node.store->before_write = nullptr;
  CAF_CHECK_EQUAL(node.services().held.with([](auto& held) { return held.jobs(); }), 0u);
}

CAF_TEST(a parked job holds its events and takes no more after a restart) {
  auto options = four_events();
  options.restart.max = 0;
  node_fixture node{options};
  node.post("a", "throw 9");
  node.advance(1s);
  CAF_CHECK_EQUAL(node.state_of("a"), "parked");
  for (int i = 0; i < 3; ++i)
    node.post("a", "retry 9");
  node.settle();
  node.restart();
  auto refused = node.post("a", "retry 9");
  auto other = node.post("b");
  node.settle();
  CAF_CHECK_EQUAL(refused->word(), "rate-limited");
  CAF_CHECK_EQUAL(other->word(), "accepted");
  CAF_CHECK_EQUAL(node.services().held.with([](auto& held) { return held.of("a").events; }), 4u);
}

CAF_TEST(a dead letter that enters again is not refused) {
  node_fixture node{four_events()};
  node.post("a", "dead");
  node.settle();
  for (int i = 0; i < 4; ++i)
    node.post("a", "retry 9");
  node.settle();
  CAF_CHECK_EQUAL(node.post("a", "retry 9")->word(), "");
  const auto letter = node.store->dead_letters({}, "", 1)->letters.at(0).id;
  auto done = node.ask("dead_letter.replay_one", {{"id", letter}});
  node.settle();
  CAF_CHECK_EQUAL(done->problem, "");
  CAF_CHECK_EQUAL(node.services().held.with([](auto& held) { return held.of("a").events; }), 5u);
}

CAF_TEST(an ingest that dies leaves no event counted that is not held) {
  node_fixture node{four_events()};
  node.post("a", "retry 9", named("x"));
  node.settle();
  // A duplicate and a new one are on their way to the log.
  node.post("a", "retry 9", named("x"));
  node.post("a", "retry 9");
  node.settle_without("store_writer");
  node.crash("ingest");
  node.settle();
  CAF_CHECK_EQUAL(node.services().held.with([](auto& held) { return held.of("a").events; }), 2u);
  CAF_CHECK_EQUAL(node.store->pending_amounts("", 10)->front().events, 2u);
}
