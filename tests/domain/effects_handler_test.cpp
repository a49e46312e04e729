#define CAF_SUITE domain.effects_handler
#include "domain/demo/effects_handler.hpp"

#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

processed_event run(const std::string& type, const std::string& payload) {
  auto registry = std::make_shared<handler_registry>();
  CAF_REQUIRE(add_effects_entries(*registry, {}).has_value());
  processor job{registry, {}};
  return job.run(sample_event("e1", type, payload), 3, {}, at(9s), 0.0);
}

} // namespace

CAF_TEST(a demo event is sent to the job it names as often as told) {
  const auto done = run("weir.demo.send", R"({"to":"other","times":2})");
  CAF_REQUIRE(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.outgoing.size(), 2u);
  CAF_CHECK_EQUAL(done.outgoing[1].job, "other");
  CAF_CHECK_EQUAL(done.outgoing[1].type, "demo.sent");
  CAF_CHECK(done.outgoing[0].id != done.outgoing[1].id);
  CAF_CHECK_EQUAL(done.outgoing[0].hops, 1u);
  CAF_CHECK(run("weir.demo.send", "{}").what == kind::dead);
}

CAF_TEST(a demo event comes back later) {
  const auto done = run("weir.demo.later", R"({"ms":250})");
  CAF_REQUIRE(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.timers.size(), 1u);
  CAF_CHECK(done.timers[0].due == done.entries[0].body->accepted_at + 250ms);
  CAF_CHECK_EQUAL(done.timers[0].body.type, "demo.rang");
  CAF_CHECK(run("weir.demo.later", R"({"ms":86400001})").what == kind::dead);
  CAF_CHECK(run("weir.demo.later", R"({"ms":"soon"})").what == kind::dead);
}

CAF_TEST(a demo event adds rows for a sink) {
  const auto done = run("weir.demo.row", R"({"sink":"olap","times":2})");
  CAF_REQUIRE(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.rows.size(), 2u);
  CAF_CHECK_EQUAL(done.rows[0].sink, "olap");
  CAF_CHECK_EQUAL(done.rows[0].seq, 3u);
  CAF_CHECK_EQUAL(run("weir.demo.row", "{}").rows.at(0).sink, "demo");
}

CAF_TEST(other demo events do not pass through these handlers) {
  CAF_CHECK(run("weir.demo.retry", "{}").entries.at(0).runs.empty());
}
