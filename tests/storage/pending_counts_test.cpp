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
