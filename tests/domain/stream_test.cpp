#define CAF_SUITE domain.stream
#include "domain/stream.hpp"

#include "support/weir_test.hpp"

#include <set>

using namespace weir;

// Clients keep epochs over restarts and upgrades.
CAF_TEST(the epoch of a stream is pinned) {
  CAF_CHECK_EQUAL(stream_epoch("incarnation-1", "job-42"), "055g4mhw");
}

CAF_TEST(an epoch has eight plain letters and depends on both parts) {
  std::set<std::string> seen;
  for (const auto* incarnation : {"a", "b", ""}) {
    for (const auto* job : {"x", "y", "a"}) {
      const auto epoch = stream_epoch(incarnation, job);
      CAF_CHECK_EQUAL(epoch.size(), 8U);
      CAF_CHECK_EQUAL(epoch.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
      CAF_CHECK_EQUAL(epoch, stream_epoch(incarnation, job));
      seen.insert(epoch);
    }
  }
  CAF_CHECK_EQUAL(seen.size(), 9U);
  CAF_CHECK(stream_epoch("ab", "c") != stream_epoch("a", "bc"));
}
