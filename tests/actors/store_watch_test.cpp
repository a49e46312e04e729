#define CAF_SUITE actors.store_watch
#include "actors/store_watch.hpp"

#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

using namespace weir;
using namespace weir::testing;
using namespace weir::actors;

namespace {

/// A node whose clock of ticks the test moves.
struct watched : node_fixture {
  watched() {
    services().ticks = [this] { return ticks; };
  }
  std::uint64_t ticks = 1'000'000;

  std::string said() {
    return fmt::format("{}", fmt::join(complaints(services()), ", "));
  }
};

} // namespace

CAF_TEST(a disk below its floor is told until there is room again) {
  watched node;
  CAF_CHECK_EQUAL(node.said(), "");
  note_disk(node.services(), {storage::disk_state::low, 1, {}});
  CAF_CHECK_EQUAL(node.said(), "disk: low, no events are taken");
  note_disk(node.services(), {storage::disk_state::exhausted, 1, {}});
  CAF_CHECK_EQUAL(node.said(), "disk: full, nothing is written");
  note_disk(node.services(), {storage::disk_state::ok, 1, {}});
  CAF_CHECK_EQUAL(node.said(), "");
}

CAF_TEST(a write that met a full disk outweighs what the free space says) {
  watched node;
  note_full_disk(node.services(), fail(errc::disk_full, "quota"));
  note_disk(node.services(), {});
  CAF_CHECK(node.services().health.disk == storage::disk_state::exhausted);
  node.ticks += 5'000'000;
  note_disk(node.services(), {});
  CAF_CHECK(node.services().health.disk == storage::disk_state::ok);
}

CAF_TEST(a write that takes longer than two seconds is a stall until it ends) {
  watched node;
  node.services().health.writing_since_us = node.ticks;
  node.ticks += 2'000'000;
  CAF_CHECK(!is_stalled(node.services()));
  node.ticks += 1;
  CAF_CHECK(is_stalled(node.services()));
  note_stall(node.services());
  CAF_CHECK(node.services().health.stalled);
  CAF_CHECK_EQUAL(node.said(), "store: stalled, a write takes 2 s so far");
  node.services().health.writing_since_us = 0;
  note_stall(node.services());
  CAF_CHECK(!is_stalled(node.services()));
  CAF_CHECK(!node.services().health.stalled);
}

CAF_TEST(health names the reasons of a degraded node) {
  watched node;
  note_disk(node.services(), {storage::disk_state::low, 1, {}});
  auto got = node.ask("health");
  node.settle();
  CAF_CHECK_EQUAL(got->body["status"].get<std::string>(), "degraded");
  CAF_CHECK_EQUAL(got->body["reasons"].dump(), R"(["disk: low, no events are taken"])");
}
