#define CAF_SUITE actors.sync_patience
#include "actors/sync_patience.hpp"

#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::actors;
using namespace std::chrono_literals;

CAF_TEST(nobody waits longer than a sync takes) {
  sync_patience patience;
  CAF_CHECK(patience.next() == 0ns);
  for (int n = 0; n < 100; ++n)
    patience.synced(100us);
  CAF_CHECK(patience.next() > 90us);
  CAF_CHECK(patience.next() <= 100us);
  for (int n = 0; n < 100; ++n)
    patience.synced(50ms);
  CAF_CHECK(patience.next() == sync_patience::most);
}

CAF_TEST(where nothing comes in time it seldom tries until something does) {
  sync_patience patience;
  patience.synced(1ms);
  const auto tries = [&patience](int groups, bool met) {
    auto tried = 0;
    for (int n = 0; n < groups; ++n)
      if (patience.next() > 0ns) {
        ++tried;
        patience.waited(met);
      }
    return tried;
  };
  CAF_CHECK_EQUAL(tries(100, true), 100);
  CAF_CHECK_EQUAL(tries(4, false), 4);
  CAF_CHECK_EQUAL(tries(320, false), 10);
  CAF_CHECK_EQUAL(tries(64, true), 33);
}
