#define CAF_SUITE storage.patient_files
#include "storage/patient_files.hpp"

#include "small_disk.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <fstream>
#include <future>

using namespace weir::storage;
using namespace weir::storage::samples;
using namespace std::chrono_literals;

namespace {

/// A file of the view on a disk that something else has filled.
struct on_full_disk {
  on_full_disk() {
    if (!disk.mounted()) {
      CAF_MESSAGE("skipped: this user may not mount a file system");
      return;
    }
    std::ofstream{filler} << std::string(9'000'000, 'x'); // cut short where the disk ends
    const auto made = files.NewWritableFile((folder.path() / "disk" / "table").string(), {}, &file, nullptr);
    if (!made.ok())
      CAF_FAIL(made.ToString());
  }
  std::future<rocksdb::IOStatus> append(const std::string& bytes) {
    return std::async(std::launch::async, [this, bytes] { return file->Append(bytes, {}, nullptr); });
  }

  scratch_directory folder;
  small_disk disk{folder.path() / "disk"};
  std::filesystem::path filler = folder.path() / "disk" / "filler";
  patient_files files{rocksdb::FileSystem::Default()};
  std::unique_ptr<rocksdb::FSWritableFile> file;
};

} // namespace

CAF_TEST(a write on a full disk waits and goes on when there is room) {
  on_full_disk at;
  if (!at.file)
    return;
  auto written = at.append(std::string(100'000, '1') + "end");
  CAF_CHECK(written.wait_for(300ms) == std::future_status::timeout);
  std::filesystem::remove(at.filler);
  CAF_CHECK(written.get().ok());
  CAF_CHECK_EQUAL(at.file->GetFileSize({}, nullptr), 100'003u);
  CAF_CHECK(at.file->Sync({}, nullptr).ok());
  std::ifstream back{at.folder.path() / "disk" / "table"};
  const std::string bytes{std::istreambuf_iterator<char>{back}, {}};
  CAF_CHECK(bytes == std::string(100'000, '1') + "end");
}

CAF_TEST(who waits is told when the end comes) {
  on_full_disk at;
  if (!at.file)
    return;
  auto written = at.append(std::string(100'000, '1'));
  CAF_CHECK(written.wait_for(300ms) == std::future_status::timeout);
  at.files.stop_waiting();
  CAF_CHECK(written.get().IsNoSpace());
}
