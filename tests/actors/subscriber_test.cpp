#define CAF_SUITE actors.subscriber
#include "domain/frame.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <caf/all.hpp>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

void post_some(node_fixture& node, int count) {
  for (int i = 0; i < count; ++i)
    node.post("a");
  node.settle();
}

} // namespace

CAF_TEST(history and live feed join without a hole or a repeat) {
  node_fixture node;
  post_some(node, 3);
  auto client = node.connect();
  client->subscribe("a");
  node.settle();
  post_some(node, 2);
  CAF_CHECK_EQUAL(client->heard(), "subscribed(0/3) 1 2 3 live(3) 4 5");
}

CAF_TEST(what is committed while a client joins comes once) {
  // The join is stopped after each number of steps in turn.
  for (std::size_t steps = 0; steps < 12; ++steps) {
    node_fixture node;
    post_some(node, 2);
    auto client = node.connect();
    client->subscribe("a");
    for (std::size_t i = 0; i < steps && node.runnable() > 0; ++i)
      node.run_at(0);
    node.post("a");
    node.settle_without(steps % 2 == 0 ? "store_reader" : "subscriber");
    node.settle();
    CAF_CHECK(client->numbers() == (std::vector<sequence>{1, 2, 3}));
  }
}

CAF_TEST(a client that starts live gets what comes after) {
  node_fixture node;
  post_some(node, 2);
  auto client = node.connect();
  client->subscribe("a", start_live{});
  node.settle();
  post_some(node, 1);
  CAF_CHECK_EQUAL(client->heard(), "subscribed(2/2) live(2) 3");
}

CAF_TEST(a live frame that overtakes the bounds is not forgotten) {
  node_fixture node;
  post_some(node, 1);
  auto client = node.connect();
  client->subscribe("a", start_live{});
  node.settle_without("store_reader");
  auto newer = node.stream("a").front();
  newer.seq = 2;
  caf::anon_send(node.services().where.get()->broadcaster, actors::frames_committed{"a", {encode_frame(newer)}, {}});
  node.settle_without("store_reader");
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "subscribed(2/2) live(2)");
}

CAF_TEST(a job without events can be subscribed to) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  node.settle();
  post_some(node, 1);
  CAF_CHECK_EQUAL(client->heard(), "subscribed(0/0) live(0) 1");
}

CAF_TEST(a client gets no more than its window before it acknowledges) {
  node_fixture node;
  post_some(node, 5);
  auto client = node.connect();
  client->subscribe("a", start_earliest{}, 2);
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "subscribed(0/5) 1 2");
  client->link->acknowledge(1, 2);
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "subscribed(0/5) 1 2 3 4");
  client->link->acknowledge(1, 4);
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "subscribed(0/5) 1 2 3 4 5 live(5)");
}

CAF_TEST(a client that does not read is left behind and catches up from the store) {
  node_fixture node;
  auto client = node.connect();
  client->room = 1;
  client->subscribe("a", start_live{});
  node.settle();
  for (int i = 0; i < 4; ++i)
    post_some(node, 1);
  CAF_CHECK(client->numbers() == (std::vector<sequence>{1}));
  client->drink();
  node.settle();
  post_some(node, 1);
  CAF_CHECK(client->numbers() == (std::vector<sequence>{1, 2, 3, 4, 5}));
}

CAF_TEST(a client resumes behind its position) {
  node_fixture node;
  post_some(node, 2);
  auto first = node.connect();
  first->subscribe("a");
  node.settle();
  auto position = first->position();
  first = nullptr;
  post_some(node, 2);
  auto second = node.connect();
  second->subscribe("a", position);
  node.settle();
  CAF_CHECK_EQUAL(second->heard(), "resumed(2/4) 3 4 live(4)");
}

CAF_TEST(a position of another stream is not resumed) {
  node_fixture node;
  post_some(node, 2);
  auto client = node.connect();
  client->subscribe("a", stream_position{"elsewhere", 1});
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "lost(2/2) live(2)");
}

CAF_TEST(two subscriptions of one client to one job both get every frame) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a", start_earliest{}, 0, 1);
  client->subscribe("a", start_earliest{}, 0, 2);
  node.settle();
  post_some(node, 1);
  client->link->unsubscribe(1);
  post_some(node, 1);
  CAF_CHECK_EQUAL(client->heard(1), "subscribed(0/0) live(0) 1");
  CAF_CHECK_EQUAL(client->heard(2), "subscribed(0/0) live(0) 1 2");
}

CAF_TEST(a subscription that exists is refused) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  client->subscribe("b");
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "refused(already-subscribed) subscribed(0/0) live(0)");
}

CAF_TEST(nobody hears of an event before it is committed) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  node.settle();
  node.post("a");
  while (node.waiting("a").empty())
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::disk_full, "full")}; };
  node.advance(5s);
  CAF_CHECK_EQUAL(node.runs(), "e1#1");
  CAF_CHECK(client->numbers().empty());
  node.store->before_write = nullptr;
  node.advance(1s);
  CAF_CHECK(client->numbers() == (std::vector<sequence>{1}));
}

CAF_TEST(nobody hears of an event whose commit failed for good) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  node.settle();
  node.post("a");
  while (node.waiting("a").empty())
    node.run_at(0);
  node.store->before_write = [](const auto&) { return std::optional<error>{fail(errc::storage_unavailable, "io")}; };
  node.advance(5s);
  CAF_CHECK_EQUAL(node.runs(), "e1#1");
  CAF_CHECK(client->numbers().empty());
}

CAF_TEST(listeners hear of a commit whose job died before it could tell) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  post_some(node, 1);
  node.post("a");
  while (node.told("a") != "e1 e2")
    node.run_at(0);
  CAF_REQUIRE(node.crash_job("a"));
  node.settle();
  CAF_CHECK(client->numbers() == (std::vector<sequence>{1}));
  node.advance(50ms);
  CAF_CHECK(client->numbers() == (std::vector<sequence>{1, 2}));
}

CAF_TEST(clients are asked to reconnect when the broadcaster or the reader of history crashes) {
  for (auto name : {"broadcaster", "history_reader"}) {
    node_fixture node;
    auto client = node.connect();
    client->subscribe("a");
    post_some(node, 1);
    node.crash(name);
    post_some(node, 1);
    CAF_CHECK_EQUAL(client->hung_up, 4000u);
    auto again = node.connect();
    again->subscribe("a", client->position());
    node.settle();
    auto numbers = client->numbers();
    for (auto number : again->numbers())
      numbers.push_back(number);
    CAF_CHECK(numbers == (std::vector<sequence>{1, 2}));
  }
}

CAF_TEST(a client that asks an actor that has just died is asked to reconnect) {
  for (auto name : {"broadcaster", "history_reader"}) {
    node_fixture node;
    node.crash(name);
    node.settle_without("node_supervisor");
    auto client = node.connect();
    client->subscribe("a");
    node.settle_without("node_supervisor");
    CAF_CHECK_EQUAL(client->hung_up, 4000u);
  }
}

CAF_TEST(a crash of one subscriber closes its connection and no other) {
  node_fixture node;
  auto other = node.connect();
  other->subscribe("a");
  node.settle();
  auto client = node.connect();
  client->subscribe("a");
  std::size_t index = 0;
  while (node.kind_at(index) != "subscriber")
    ++index;
  node.crash_at(index);
  post_some(node, 1);
  CAF_CHECK_EQUAL(client->hung_up, 4000u);
  CAF_CHECK_EQUAL(other->hung_up, 0u);
  CAF_CHECK_EQUAL(other->heard(), "subscribed(0/0) live(0) 1");
}

CAF_TEST(a client that leaves takes its subscriber with it) {
  node_fixture node;
  auto client = node.connect();
  client->subscribe("a");
  node.settle();
  CAF_CHECK_EQUAL(node.count("subscriber"), 1u);
  client->link = nullptr;
  node.settle();
  CAF_CHECK_EQUAL(node.count("subscriber"), 0u);
  post_some(node, 1);
  CAF_CHECK_EQUAL(client->heard(), "subscribed(0/0) live(0)");
}

CAF_TEST(a resume in front of what is kept is told the gap and the state of the job) {
  node_fixture node;
  post_some(node, 6);
  node.store->trim_job("a", 5);
  auto client = node.connect();
  auto epoch = stream_epoch(node.services().incarnation, "a");
  client->subscribe("a", stream_position{epoch, 2});
  node.settle();
  CAF_CHECK_EQUAL(client->heard(), "lost(4/6) missing(3-4) 5 6 live(6)");
  std::string state;
  for (const auto& message : client->messages)
    if (const auto* gap = std::get_if<missing_frames>(&message); gap && gap->state)
      state = *gap->state;
  CAF_CHECK_EQUAL(state, R"({"seq":6,"handlers":{"plan":{"count":6}}})");
}

CAF_TEST(a subscriber that retention overtakes is told what it will not get) {
  node_fixture node;
  post_some(node, 4);
  auto client = node.connect();
  client->room = 0;
  client->subscribe("a");
  node.settle();
  node.store->trim_job("a", 4);
  client->drink();
  client->link->writable();
  node.settle();
  CAF_CHECK(client->heard().ends_with("4 live(4)"));
  CAF_CHECK(client->heard().find("missing(") != std::string::npos);
}
