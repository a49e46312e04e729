#define CAF_SUITE telemetry.failpoint

#include "telemetry/failpoint.hpp"

#include "support/weir_test.hpp"

#include <algorithm>

namespace {

#ifndef WEIR_FAILPOINTS

/// A constant expression calls nothing that is not one, and a name that is not
/// listed would not compile if it were looked at.
constexpr int through_a_place() {
  WEIR_FAILPOINT("a place that does not exist");
  return WEIR_MUTATED(a_fault_that_does_not_exist) ? 0 : 1;
}
static_assert(through_a_place() == 1);

#endif

} // namespace

#ifndef WEIR_FAILPOINTS

CAF_TEST(without the option the macros are nothing) {
  CAF_CHECK_EQUAL(through_a_place(), 1);
}

#else

CAF_TEST(without an order a place is only counted) {
  for (std::size_t number = 0; number < weir::failpoint::names.size(); ++number)
    weir::failpoint::pass(number);
  CAF_CHECK(!WEIR_MUTATED(no_sync));
}

CAF_TEST(every place has a name of its own) {
  for (const auto name : weir::failpoint::names)
    CAF_CHECK_EQUAL(std::count(weir::failpoint::names.begin(), weir::failpoint::names.end(), name), 1);
}

#endif
