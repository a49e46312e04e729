#define CAF_SUITE app.nearest
#include "app/nearest.hpp"

#include "support/weir_test.hpp"

#include <vector>

using namespace weir::app;

CAF_TEST(a distance counts edits and swaps) {
  CAF_CHECK_EQUAL(edit_distance("", ""), 0u);
  CAF_CHECK_EQUAL(edit_distance("abc", ""), 3u);
  CAF_CHECK_EQUAL(edit_distance("listen", "listen"), 0u);
  CAF_CHECK_EQUAL(edit_distance("listen", "lsiten"), 1u);
  CAF_CHECK_EQUAL(edit_distance("kitten", "sitting"), 3u);
}

CAF_TEST(only what is close is suggested) {
  const auto words = std::vector<std::string>{"http.listen", "admin.listen", "store.kind"};
  CAF_CHECK_EQUAL(nearest("http.lisen", words), "http.listen");
  CAF_CHECK_EQUAL(nearest("admn.listen", words), "admin.listen");
  CAF_CHECK_EQUAL(nearest("something.else", words), "");
  CAF_CHECK_EQUAL(nearest("x", {}), "");
}
