#define CAF_SUITE actors.retention
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <caf/all.hpp>

using namespace weir;
using namespace weir::testing;

namespace {

void begin_turn(node_fixture& node) {
  caf::anon_send(node.services().where.get()->retention, actors::tick_sweep{});
  node.settle();
}

} // namespace

CAF_TEST(turns follow each other while something is dropped) {
  node_fixture node;
  node.settle();
  int turns = 0;
  node.store->on_trim = [&]() -> result<storage::trim_report> {
    ++turns;
    return storage::trim_report{turns < 4 ? 1u : 0u, turns < 4 ? 4096u : 0u, 0, 128};
  };
  begin_turn(node);
  CAF_CHECK_EQUAL(turns, 4);
}

CAF_TEST(a turn that fails is counted and the next one tries again) {
  node_fixture node;
  node.settle();
  int turns = 0;
  node.store->on_trim = [&]() -> result<storage::trim_report> {
    ++turns;
    return fail(errc::storage_damaged, "a segment cannot be read");
  };
  begin_turn(node);
  begin_turn(node);
  CAF_CHECK_EQUAL(turns, 2);
  CAF_CHECK(node.fatal.empty());
}

CAF_TEST(a crashed turn is begun again by the supervisor) {
  node_fixture node;
  node.settle();
  int turns = 0;
  node.store->on_trim = [&]() -> result<storage::trim_report> {
    if (++turns == 1)
      throw std::runtime_error("the disk is gone");
    return storage::trim_report{};
  };
  begin_turn(node);
  CAF_CHECK_EQUAL(turns, 2);
  CAF_CHECK(node.fatal.empty());
}
