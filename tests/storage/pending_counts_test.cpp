#define CAF_SUITE storage.pending_counts
#include "storage/pending_counts.hpp"

#include "storage/view_keys.hpp"
#include "support/weir_test.hpp"

using namespace weir::storage;

CAF_TEST(a job has none until one comes and when all are gone) {
  pending_counts counts;
  CAF_CHECK(counts.is_none(keys::pending_of("j")));
  counts.added(keys::pending("j", 1));
  counts.added(keys::pending("j", 2));
  counts.removed(keys::pending("j", 1));
  CAF_CHECK(!counts.is_none(keys::pending_of("j")));
  CAF_CHECK(counts.is_none(keys::pending_of("k")));
  CAF_CHECK(counts.is_none(keys::pending_of("")));
  counts.removed(keys::pending("j", 2));
  CAF_CHECK(counts.is_none(keys::pending_of("j")));
  CAF_CHECK_EQUAL(counts.jobs(), 0u);
}

CAF_TEST(figures that do not add up are not relied on) {
  pending_counts counts;
  counts.removed(keys::pending("j", 1));
  CAF_CHECK(!counts.is_none(keys::pending_of("j")));
  CAF_CHECK(!counts.is_none(keys::pending_of("k")));
}

CAF_TEST(the part of a pending key is what its job is found by) {
  const std::string odd{"j\0k", 3};
  for (const auto& job : {std::string{"j"}, std::string{}, odd}) {
    const auto key = keys::pending(job, 7);
    CAF_CHECK_EQUAL(keys::pending_part(key), keys::pending_of(job));
  }
  const auto other = keys::job("j");
  CAF_CHECK_EQUAL(keys::pending_part(other), "");
  CAF_CHECK_EQUAL(keys::pending_part("p"), "");
}
