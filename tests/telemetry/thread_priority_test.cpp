#define CAF_SUITE telemetry.thread_priority
#include "telemetry/thread_priority.hpp"

#include "support/weir_test.hpp"

#include <sys/resource.h>
#include <thread>

CAF_TEST(a thread changes places alone) {
  const auto before = ::getpriority(PRIO_PROCESS, 0);
  int behind = 0;
  std::thread{[&] {
    weir::stand_back();
    behind = ::getpriority(PRIO_PROCESS, 0);
  }}.join();
  CAF_CHECK_EQUAL(behind, 10);
  CAF_CHECK_EQUAL(::getpriority(PRIO_PROCESS, 0), before);
}

CAF_TEST(a thread that may not come first stays where it is) {
  const auto before = ::getpriority(PRIO_PROCESS, 0);
  int ahead = 0;
  std::thread{[&] {
    weir::come_first();
    ahead = ::getpriority(PRIO_PROCESS, 0);
  }}.join();
  CAF_CHECK(ahead == -5 || ahead == before);
}
