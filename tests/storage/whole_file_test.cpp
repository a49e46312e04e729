#define CAF_SUITE storage.whole_file
#include "storage/whole_file.hpp"

#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

CAF_TEST(a file is written as a whole and read again) {
  const scratch_directory folder;
  const auto path = folder.path() / "name";
  const std::string bytes{"a\0b\n", 4};
  CAF_REQUIRE(write_whole(path, "something longer that is replaced"));
  CAF_REQUIRE(write_whole(path, bytes));
  CAF_CHECK_EQUAL(*read_whole(path), bytes);
  CAF_REQUIRE(write_whole(path, ""));
  CAF_CHECK_EQUAL(*read_whole(path), "");
}

CAF_TEST(what a crash left of a draft is not in the file) {
  const scratch_directory folder;
  std::ofstream{folder.path() / file_draft} << "half of a longer draft";
  CAF_REQUIRE(write_whole(folder.path() / "name", "new"));
  CAF_CHECK_EQUAL(*read_whole(folder.path() / "name"), "new");
  CAF_CHECK(!std::filesystem::exists(folder.path() / file_draft));
}

CAF_TEST(a file that is missing or cannot be made is told with its path) {
  const scratch_directory folder;
  const auto missing = read_whole(folder.path() / "none");
  CAF_REQUIRE(!missing);
  CAF_CHECK(missing.error().code == errc::storage_unavailable);
  CAF_CHECK_NOT_EQUAL(missing.error().detail.find("none"), std::string::npos);
  CAF_CHECK(!write_whole(folder.path() / "no" / "name", "x"));
  CAF_CHECK(!list_directory(folder.path() / "no"));
}

CAF_TEST(a directory is listed in ascending order) {
  const scratch_directory folder;
  CAF_CHECK(list_directory(folder.path())->empty());
  for (const auto* name : {"c", "a", "b"})
    CAF_REQUIRE(write_whole(folder.path() / name, name));
  const auto paths = list_directory(folder.path());
  CAF_REQUIRE_EQUAL(paths->size(), 3u);
  CAF_CHECK(std::ranges::is_sorted(*paths));
  CAF_CHECK_EQUAL(paths->front().filename().string(), "a");
}
