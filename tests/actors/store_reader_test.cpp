#define CAF_SUITE actors.store_reader
#include "actors/interfaces.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <caf/all.hpp>

using namespace weir;
using namespace weir::actors;
using namespace weir::testing;

namespace {

/// What a job that starts with these events has to do: its pending events, as "id:plan".
std::string pending_at_start(node_fixture& node, const job_id& job, first_events first) {
  const auto reader = caf::actor_cast<caf::actor>(node.services().where.get()->reader);
  std::string out;
  reader.home_system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->send(reader, load_job{job, 64, first});
    return {[&out, self](job_loaded& msg) {
      CAF_REQUIRE(msg.start);
      for (const auto& waiting : msg.start->pending.events)
        out += (out.empty() ? "" : " ") + waiting.body->body.id + ":" + waiting.body->body.payload;
      self->quit();
    }};
  });
  node.settle();
  return out;
}

/// Another event than the one that is there.
event_ptr impostor_of(const event_ptr& real) {
  auto other = *real;
  other.body.payload = "another";
  return std::make_shared<const accepted_event>(std::move(other));
}

struct fixture {
  fixture() {
    // A job that waits for its retry has its event pending.
    node.post("a", "retry 3");
    node.settle();
    const auto page = node.store->pending("a", 0, {});
    CAF_REQUIRE(page);
    CAF_REQUIRE_EQUAL(page->events.size(), 1u);
    real = page->events.front().body;
  }

  node_fixture node;
  event_ptr real;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(store_reader_tests, fixture)

CAF_TEST(what a job starts with it finds in the store) {
  CAF_CHECK_EQUAL(pending_at_start(node, "a", {}), "e1:" + real->body.payload);
  CAF_CHECK_EQUAL(pending_at_start(node, "nobody", {}), "");
}

CAF_TEST(events that a job was started for are taken as they are and only if they wait) {
  const auto retractions = node.services().health.retractions.load();
  CAF_CHECK_EQUAL(pending_at_start(node, "a", {{impostor_of(real)}, retractions}), "e1:another");
  auto gone = *real;
  ++gone.position;
  const auto finished = std::make_shared<const accepted_event>(std::move(gone));
  CAF_CHECK_EQUAL(pending_at_start(node, "a", {{real, finished}, retractions}), "e1:" + real->body.payload);
}

CAF_TEST(events that were taken back meanwhile are not taken from memory) {
  const auto before = node.services().health.retractions++;
  CAF_CHECK_EQUAL(pending_at_start(node, "a", {{impostor_of(real)}, before}), "e1:" + real->body.payload);
}

CAF_TEST_FIXTURE_SCOPE_END()
