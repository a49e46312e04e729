#define CAF_SUITE telemetry.thread_priority
#include "telemetry/thread_priority.hpp"

#include "support/weir_test.hpp"

#include <sys/resource.h>
#include <thread>

namespace {

/// What a thread of its own has behind the change.
int priority_after(void (*change)()) {
  int out = 0;
  std::thread{[&] {
    change();
    out = ::getpriority(PRIO_PROCESS, 0);
  }}.join();
  return out;
}

} // namespace

CAF_TEST(a thread changes places alone) {
  const auto before = ::getpriority(PRIO_PROCESS, 0);
  CAF_CHECK_EQUAL(priority_after(weir::stand_back), 10);
  CAF_CHECK_EQUAL(::getpriority(PRIO_PROCESS, 0), before);
}

CAF_TEST(a thread that may not come first stays where it is) {
  const auto before = ::getpriority(PRIO_PROCESS, 0);
  const auto ahead = priority_after(weir::come_first);
  CAF_CHECK(ahead == -5 || ahead == before);
}
