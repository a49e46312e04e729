#define CAF_SUITE storage.file_copy
#include "storage/file_copy.hpp"

#include "domain/hash.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <fstream>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

struct fixture {
  scratch_directory folder;
  const std::filesystem::path from = folder.path() / "from";
  const std::filesystem::path to = folder.path() / "to";
  std::string bytes = std::string(3'000'000, 'a') + "end";

  fixture() {
    std::ofstream{from, std::ios::binary} << bytes;
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(file_copy_tests, fixture)

CAF_TEST(a copy of the front has its length and its hash) {
  std::uint64_t seen = 0;
  const auto count = [&seen](std::uint64_t more) {
    seen += more;
    return true;
  };
  const auto hash = copy_front(from, 2'500'000, to, count);
  CAF_REQUIRE(hash);
  CAF_CHECK_EQUAL(seen, 2'500'000u);
  CAF_CHECK_EQUAL(*hash, xxh3_64(std::string_view{bytes}.substr(0, 2'500'000)));
  CAF_CHECK_EQUAL(*hash_file(to, 2'500'000, {}), *hash);
  CAF_CHECK_EQUAL(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 2);
}

CAF_TEST(a copy that is stopped gets no name) {
  int left = 1;
  const auto hash = copy_front(from, bytes.size(), to, [&left](std::uint64_t) { return left-- > 0; });
  CAF_REQUIRE(!hash);
  CAF_CHECK(hash.error().code == errc::not_ready);
  CAF_CHECK(!std::filesystem::exists(to));
}

CAF_TEST(a file of another length is damaged) {
  CAF_CHECK(hash_file(from, bytes.size() - 1, {}).error().code == errc::storage_damaged);
  CAF_CHECK(hash_file(from, bytes.size() + 1, {}).error().code == errc::storage_damaged);
  CAF_CHECK(hash_file(folder.path() / "none", 0, {}).error().code == errc::storage_damaged);
  CAF_CHECK(copy_front(from, bytes.size() + 1, to, {}).error().code == errc::storage_damaged);
}

CAF_TEST_FIXTURE_SCOPE_END()
