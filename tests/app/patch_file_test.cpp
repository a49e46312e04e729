#define CAF_SUITE app.patch_file
#include "app/patch_file.hpp"

#include "app/temporary_folder.hpp"
#include "support/weir_test.hpp"

#include <sstream>

using namespace weir;
using namespace weir::app;

namespace {

struct world {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  surroundings around{in, out, err, false, false, {}, {}, {}, {}};
  command_call call{around, {}, {}, output_format::table, false, {}, {}, {}, false};
};

} // namespace

CAF_TEST(a patch is read as it is from a file or from stdin) {
  const test::temporary_folder folder;
  const auto path = folder.write("patch", "{ \"a\" : 1.50 }\n");
  world around;
  CAF_CHECK_EQUAL(*read_patch_file(around.call, path), "{ \"a\" : 1.50 }\n");
  around.in.str("null");
  CAF_CHECK_EQUAL(*read_patch_file(around.call, "-"), "null");
}

CAF_TEST(what is no patch is refused before anybody is asked) {
  world around;
  around.in.str("{\"a\":");
  CAF_CHECK(read_patch_file(around.call, "-").error().code == errc::bad_request);
  CAF_CHECK(read_patch_file(around.call, "/nowhere/patch").error().code == errc::bad_request);
}
