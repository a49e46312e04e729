#define CAF_SUITE domain.placement
#include "domain/placement.hpp"

#include "domain/hash.hpp"
#include "support/weir_test.hpp"

#include <set>

using namespace weir;

// Every node and every version must answer alike.
CAF_TEST(the shard of a job is pinned) {
  CAF_CHECK_EQUAL(shard_of("demo", 256), 48U);
  CAF_CHECK_EQUAL(shard_of("job-42", 256), xxh3_64("job-42") % 256);
  CAF_CHECK_EQUAL(shard_of("job-42", 1), 0U);
  CAF_CHECK_EQUAL(shard_of("job-42", 0), 0U);
}

CAF_TEST(jobs spread over all shards) {
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 2'000; ++i)
    seen.insert(shard_of("job-" + std::to_string(i), 64));
  CAF_CHECK_EQUAL(seen.size(), 64U);
}
