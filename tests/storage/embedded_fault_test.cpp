#define CAF_SUITE storage.embedded_fault
#include "small_disk.hpp"
#include "storage/embedded_store.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

embedded_options options(const std::filesystem::path& directory) {
  embedded_options opts;
  opts.directory = directory;
  opts.segment_bytes = std::size_t{256} << 10;
  opts.disk_floor_bytes = 0;
  return opts;
}

/// No file may grow beyond `bytes` while this lives.
class file_size_limit {
public:
  explicit file_size_limit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto lower = before_;
    lower.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  file_size_limit(const file_size_limit&) = delete;
  file_size_limit& operator=(const file_size_limit&) = delete;
  ~file_size_limit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

private:
  struct rlimit before_ {};
  void (*handler_)(int);
};

/// Appends events of 50 KB until the store refuses. @returns how many it took.
std::size_t append_until_refused(store& db, std::size_t from, error& why) {
  auto next = from;
  for (;; ++next) {
    write_batch batch;
    batch.appends.push_back(request_of({sample_event("j", fmt::format("e{}", next), std::string(50'000, '1'))}));
    const auto done = db.write(batch);
    if (done)
      continue;
    why = done.error();
    return next - from;
  }
}

} // namespace

CAF_TEST(after a failed write nothing more is acknowledged until a restart) {
  const scratch_directory folder;
  std::size_t taken = 0;
  {
    auto db = embedded_store::open(options(folder.path() / "store"), at(0), {});
    CAF_REQUIRE(db);
    error why;
    {
      const file_size_limit limit{200 << 10};
      taken = append_until_refused(**db, 0, why);
    }
    CAF_CHECK(why.code == errc::storage_unavailable);
    CAF_CHECK(taken > 0);
    CAF_CHECK(append(**db, sample_event("j", "late")) == nullptr);
    CAF_CHECK((*db)->write({}).error().code == errc::storage_unavailable);
    CAF_CHECK((*db)->pending("j", 0, {})->events.size() == taken);
  }
  const auto again = embedded_store::open(options(folder.path() / "store"), at(0), {});
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL((*again)->stats().pending, taken);
  CAF_CHECK(append(**again, sample_event("j", "late")) != nullptr);
  CAF_CHECK((*again)->verify({})->findings.empty());
}

CAF_TEST(a full disk refuses and the store goes on when there is room again) {
  const scratch_directory folder;
  const small_disk disk{folder.path() / "disk"};
  if (!disk.mounted()) {
    CAF_MESSAGE("skipped: this user may not mount a file system");
    return;
  }
  const auto filler = folder.path() / "disk" / "filler";
  std::ofstream{filler} << std::string(5'000'000, 'x');
  auto db = embedded_store::open(options(folder.path() / "disk" / "store"), at(0), {});
  CAF_REQUIRE(db);
  error why;
  const auto taken = append_until_refused(**db, 0, why);
  CAF_CHECK(why.code == errc::disk_full);
  CAF_CHECK(taken > 0);
  CAF_CHECK((*db)->pending("j", 0, {1000, 1 << 30})->events.size() == taken);
  std::filesystem::remove(filler);
  CAF_CHECK(append(**db, sample_event("j", "more")) != nullptr);
  CAF_REQUIRE((*db)->close());
  db = embedded_store::open(options(folder.path() / "disk" / "store"), at(0), {});
  CAF_REQUIRE(db);
  CAF_CHECK_EQUAL((*db)->stats().pending, taken + 1);
  CAF_CHECK((*db)->verify({})->findings.empty());
}
