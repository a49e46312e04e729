#define CAF_SUITE actors.job
#include "support/weir_test.hpp"

#include "support/node_fixture.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

CAF_TEST(events of one job are applied in the order of their acceptance) {
  node_fixture node;
  for (int i = 0; i < 5; ++i)
    node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "e1 e2 e3 e4 e5");
  CAF_CHECK_EQUAL(node.waiting("a"), "");
}
