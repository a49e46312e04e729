#include "telemetry/thread_priority.hpp"

#include <sys/resource.h>

namespace weir {

namespace {

constexpr int before_others = -5; ///< only root and CAP_SYS_NICE may, or who has RLIMIT_NICE
constexpr int behind_others = 10;

} // namespace

void come_first() {
  (void)::setpriority(PRIO_PROCESS, 0, before_others);
}

void stand_back() {
  (void)::setpriority(PRIO_PROCESS, 0, behind_others);
}

} // namespace weir
