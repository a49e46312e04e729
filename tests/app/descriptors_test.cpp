#define CAF_SUITE app.descriptors
#include "app/descriptors.hpp"

#include "support/weir_test.hpp"

#include <sys/resource.h>

using namespace weir::app;

CAF_TEST(a large limit leaves the connections as configured) {
  const auto plan = plan_descriptors(20'000, 12'000);
  CAF_CHECK_EQUAL(plan.connections, 12'000u);
  CAF_CHECK_EQUAL(plan.view_files, 256);
}

CAF_TEST(a small limit leaves the store its descriptors) {
  const auto plan = plan_descriptors(256, 12'000);
  CAF_CHECK_EQUAL(plan.view_files, 64);
  CAF_CHECK_EQUAL(plan.connections, 128u);
  CAF_CHECK_EQUAL(plan.connections + plan.reserved, 256u);
  CAF_CHECK_EQUAL(plan_descriptors(1'024, 12'000).connections, 704u);
}

CAF_TEST(a tiny limit still lets somebody look) {
  CAF_CHECK_EQUAL(plan_descriptors(20, 12'000).connections, 8u);
  CAF_CHECK_EQUAL(plan_descriptors(20, 12'000).view_files, 16);
}

CAF_TEST(the soft limit becomes the hard one) {
  struct rlimit before {};
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto lower = before;
  lower.rlim_cur = 64;
  ::setrlimit(RLIMIT_NOFILE, &lower);
  CAF_CHECK_EQUAL(raise_descriptor_limit(), before.rlim_max);
  struct rlimit after {};
  ::getrlimit(RLIMIT_NOFILE, &after);
  CAF_CHECK_EQUAL(after.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}
