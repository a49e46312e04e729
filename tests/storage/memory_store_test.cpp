#define CAF_SUITE storage.memory_store
#include "storage/memory_store.hpp"

#include "storage_samples.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

struct fixture {
  memory_store kept;
  store& db() {
    return kept;
  }
  void restart() {
    CAF_REQUIRE(kept.close());
    kept.revive();
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(memory_store_tests, fixture)

#include "letter_contract.hpp"
#include "start_contract.hpp"
#include "store_contract.hpp"

CAF_TEST(an injected error leaves the store untouched) {
  CAF_REQUIRE(append(kept, sample_event("j", "e1")) != nullptr);
  kept.before_write = [](const write_batch&) { return std::optional{fail(errc::disk_full, "full")}; };
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "e2")}));
  const auto refused = kept.write(batch);
  CAF_CHECK(!refused && refused.error().code == errc::disk_full);
  kept.before_write = nullptr;
  CAF_CHECK_EQUAL(kept.stats().pending, 1u);
  CAF_CHECK(kept.write(batch));
}

CAF_TEST(an unavailable store stays so until it is revived) {
  kept.before_write = [](const write_batch&) { return std::optional{fail(errc::storage_unavailable, "gone")}; };
  CAF_CHECK(!kept.write({}));
  kept.before_write = nullptr;
  CAF_CHECK(kept.write({}).error().code == errc::storage_unavailable);
  kept.revive();
  CAF_CHECK(kept.write({}));
}

CAF_TEST_FIXTURE_SCOPE_END()
