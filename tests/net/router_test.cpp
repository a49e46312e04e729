#define CAF_SUITE net.router

#include "net/router.hpp"

#include "support/weir_test.hpp"

using namespace weir::net;

namespace {

router example() {
  router out;
  out.add({"GET", "/jobs", {}});
  out.add({"GET", "/jobs/groups", {}});
  out.add({"GET", "/jobs/{id}", {}});
  out.add({"POST", "/jobs/{id}:pause", {}});
  out.add({"POST", "/jobs:replay", {}});
  return out;
}

std::string found(const router& in, std::string_view method, const std::vector<std::string>& path) {
  auto match = in.match(method, path);
  return match.found ? match.found->pattern : "none " + match.allow;
}

} // namespace

CAF_TEST(fixed paths win over parameters that come later) {
  auto routes = example();
  CAF_CHECK_EQUAL(found(routes, "GET", {"jobs"}), "/jobs");
  CAF_CHECK_EQUAL(found(routes, "GET", {"jobs", "groups"}), "/jobs/groups");
  CAF_CHECK_EQUAL(found(routes, "GET", {"jobs", "x"}), "/jobs/{id}");
  CAF_CHECK_EQUAL(found(routes, "POST", {"jobs:replay"}), "/jobs:replay");
}

CAF_TEST(an action is cut from the parameter) {
  auto routes = example();
  auto match = routes.match("POST", {"jobs", "a:b:pause"});
  CAF_REQUIRE(match.found != nullptr);
  CAF_REQUIRE_EQUAL(match.parameters.size(), 1u);
  CAF_CHECK_EQUAL(match.parameters[0], "a:b");
}

CAF_TEST(a read of a job that is named like an action finds the job) {
  auto routes = example();
  auto match = routes.match("GET", {"jobs", "a:pause"});
  CAF_REQUIRE(match.found != nullptr);
  CAF_CHECK_EQUAL(match.parameters[0], "a:pause");
}

CAF_TEST(HEAD follows GET) {
  CAF_CHECK_EQUAL(found(example(), "HEAD", {"jobs"}), "/jobs");
}

CAF_TEST(a wrong method names the right ones) {
  CAF_CHECK_EQUAL(found(example(), "DELETE", {"jobs", "x"}), "none GET, HEAD");
  CAF_CHECK_EQUAL(found(example(), "DELETE", {"jobs", "x:pause"}), "none GET, HEAD, POST");
}

CAF_TEST(unknown and longer paths find nothing) {
  CAF_CHECK_EQUAL(found(example(), "GET", {"other"}), "none ");
  CAF_CHECK_EQUAL(found(example(), "GET", {"jobs", "x", "y"}), "none ");
  CAF_CHECK_EQUAL(found(example(), "GET", {"jobs", ""}), "none ");
  CAF_CHECK_EQUAL(found(example(), "GET", {}), "none ");
}
