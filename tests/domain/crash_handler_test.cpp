#define CAF_SUITE domain.crash_handler
#include "domain/demo/crash_handler.hpp"

#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <stdexcept>
#include <tuple>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

processor make_job() {
  auto registry = std::make_shared<handler_registry>();
  CAF_REQUIRE(registry->add(crash_entry({})).has_value());
  return {registry, {}};
}

processed_event run(processor& job, const event_ptr& body, std::size_t failed_before = 0) {
  return job.run(body, 3, std::vector<attempt>(failed_before), at(9s), 0.0);
}

bool crashes(processor& job, const event_ptr& body, std::size_t failed_before) {
  try {
    std::ignore = run(job, body, failed_before);
  } catch (const std::runtime_error&) {
    return true;
  }
  return false;
}

} // namespace

CAF_TEST(a demo crash throws as often as it was told) {
  auto job = make_job();
  const auto twice = sample_event("e1", "weir.demo.crash", R"({"times":2})");
  CAF_CHECK(crashes(job, twice, 0));
  CAF_CHECK_EQUAL(job.running(), "demo-failures");
  CAF_CHECK(crashes(job, twice, 1));
  CAF_CHECK(!crashes(job, twice, 2));
  CAF_CHECK(crashes(job, sample_event("e2", "weir.demo.crash", "{}"), 100));
}

CAF_TEST(a demo retry asks for more until it was told to stop) {
  auto job = make_job();
  const auto once = sample_event("e1", "weir.demo.retry", R"({"times":1})");
  CAF_CHECK(run(job, once).what == kind::retry);
  CAF_CHECK(run(job, once, 1).what == kind::done);
  CAF_CHECK(run(job, sample_event("e2", "weir.demo.retry", "{}"), 4).what == kind::dead);
}

CAF_TEST(a demo death is a dead letter at once) {
  auto job = make_job();
  const auto gone = run(job, sample_event("e1", "weir.demo.dead"));
  CAF_REQUIRE(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.letter->code, "demo");
  CAF_CHECK(run(job, sample_event("e1", "weir.demo.other")).what == kind::done);
}
