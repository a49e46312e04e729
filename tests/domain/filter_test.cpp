#define CAF_SUITE domain.filter
#include "domain/filter.hpp"

#include "support/weir_test.hpp"

using namespace weir;

CAF_TEST(a type filter without patterns takes everything) {
  CAF_CHECK(type_filter{}.accepts("a"));
  const type_filter some{{"item.*", "user.seen"}};
  CAF_CHECK(some.accepts("item.x"));
  CAF_CHECK(some.accepts("user.seen"));
  CAF_CHECK(!some.accepts("user.gone"));
}
