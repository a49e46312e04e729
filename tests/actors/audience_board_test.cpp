#define CAF_SUITE actors.audience_board
#include "actors/audience_board.hpp"

#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

CAF_TEST(somebody listens until the last one has left) {
  actors::audience_board board;
  CAF_CHECK(!board.may_listen("a"));
  board.join("a");
  board.join("a");
  board.leave("a");
  CAF_CHECK(board.may_listen("a"));
  board.leave("a");
  CAF_CHECK(!board.may_listen("a"));
}

CAF_TEST(somebody waits until the last one has gone) {
  actors::audience_board board;
  auto first = board.wait();
  {
    const auto second = board.wait();
    first.reset();
    CAF_CHECK(board.may_wait());
  }
  CAF_CHECK(!board.may_wait());
}

CAF_TEST(clients are counted from their join to their end however it comes) {
  node_fixture node;
  const auto& board = node.services().audience;
  CAF_CHECK(!board.may_listen("a"));
  auto leaves = node.connect();
  leaves->subscribe("a");
  auto goes = node.connect();
  goes->subscribe("a");
  node.settle();
  CAF_CHECK(board.may_listen("a"));
  leaves->link->unsubscribe(1);
  node.settle();
  CAF_CHECK(board.may_listen("a"));
  goes->link.reset();
  node.settle();
  CAF_CHECK(!board.may_listen("a"));
}

CAF_TEST(requests are counted until they are answered in time or late) {
  node_fixture node;
  event_details waits;
  waits.wait = 1s;
  const auto& board = node.services().audience;
  auto soon = node.post("a", "ok", waits);
  node.settle();
  CAF_CHECK_EQUAL(soon->word(), "processed");
  CAF_CHECK(!board.may_wait());
  auto late = node.post("b", "retry 1", waits);
  node.settle();
  CAF_CHECK(board.may_wait());
  node.advance(1s);
  CAF_CHECK_EQUAL(late->word(), "accepted");
  CAF_CHECK(!board.may_wait());
}
