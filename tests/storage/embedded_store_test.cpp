#define CAF_SUITE storage.embedded_store
#include "storage/embedded_store.hpp"

#include "storage/open_store.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <atomic>
#include <limits>
#include <thread>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

struct fixture {
  scratch_directory folder;
  std::unique_ptr<embedded_store> opened;

  embedded_options options() const {
    return small_store(folder.path() / "store");
  }
  void open(const embedded_options& opts) {
    auto made = embedded_store::open(opts, at(0), {1, 2, 3});
    if (!made)
      CAF_FAIL("the store does not open: " << made.error().detail);
    opened = *std::move(made);
  }
  store& db() {
    if (!opened)
      open(options());
    return *opened;
  }
  void restart() {
    if (opened)
      CAF_REQUIRE(opened->close());
    opened.reset();
    open(options());
    CAF_CHECK_EQUAL(opened->recovery().replayed_records, 0u);
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedded_store_tests, fixture)

#include "letter_contract.hpp"
#include "start_contract.hpp"
#include "store_contract.hpp"

CAF_TEST(a second process is told who has the directory) {
  db();
  const auto second = embedded_store::open(options(), at(0), {});
  CAF_REQUIRE(!second);
  CAF_CHECK(second.error().code == errc::state_conflict);
  CAF_CHECK(second.error().detail.find(fmt::format("process {}", ::getpid())) != std::string::npos);
}

CAF_TEST(the first run is told from later ones) {
  db();
  CAF_CHECK(opened->recovery().first_run);
  CAF_REQUIRE(append(db(), sample_event("j", "e1")) != nullptr);
  restart();
  CAF_CHECK(!opened->recovery().first_run);
  CAF_CHECK_EQUAL(opened->recovery().jobs, 1u);
  CAF_CHECK_EQUAL(opened->recovery().events, 1u);
  CAF_CHECK(!opened->recovery().rebuilt_view);
}

CAF_TEST(a large batch knows ids of before a restart and its own) {
  std::vector<event> bodies;
  for (int n = 0; n < 40; ++n)
    bodies.push_back(sample_event("job-" + std::to_string(n % 3), "e" + std::to_string(n)));
  write_batch first;
  first.appends.push_back(request_of({bodies.begin(), bodies.begin() + 20}));
  CAF_REQUIRE(db().write(first));
  restart();
  write_batch both;
  both.appends.push_back(request_of(bodies));
  both.appends.push_back(request_of(bodies));
  const auto done = db().write(both);
  CAF_REQUIRE(done && done->appends[0] && done->appends[1]);
  for (std::size_t n = 0; n < bodies.size(); ++n) {
    const auto& one = done->appends[0]->items[n];
    CAF_CHECK((one.outcome == append_outcome::duplicate) == (n < 20));
    const auto& again = done->appends[1]->items[n];
    CAF_CHECK(again.outcome == append_outcome::duplicate);
    CAF_CHECK_EQUAL(again.position, one.position);
  }
  CAF_CHECK_EQUAL(db().stats().pending, 40u);
  CAF_CHECK_EQUAL(db().stats().jobs, 3u);
}

CAF_TEST(groups larger than a segment get one of their own) {
  const std::string large(20'000, 'x');
  for (int i = 0; i < 3; ++i) {
    CAF_REQUIRE(append(db(), sample_event("j", fmt::format("small{}", i))) != nullptr);
    CAF_REQUIRE(append(db(), sample_event("j", fmt::format("large{}", i), large)) != nullptr);
  }
  const auto before = dump(db());
  restart();
  CAF_CHECK_EQUAL(dump(db()), before);
  CAF_CHECK(db().verify({})->findings.size() == 0u);
}

CAF_TEST(below the disk floor appends are refused and commits go on) {
  CAF_REQUIRE(append(db(), sample_event("j", "e1")) != nullptr);
  CAF_REQUIRE(opened->close());
  opened.reset();
  auto opts = options();
  opts.disk_floor_bytes = ~std::uint64_t{0};
  open(opts);
  CAF_CHECK(db().disk().state == disk_state::low);
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("j", "e2")}));
  const auto first = db().pending("j", 0, {})->events.front().body;
  batch.commits.push_back(commit_of({first}, 0));
  const auto outcome = db().write(batch);
  CAF_REQUIRE(outcome);
  CAF_CHECK(outcome->appends.front().error().code == errc::disk_full);
  CAF_CHECK(outcome->commits.front());
  CAF_CHECK(db().pending("j", 0, {})->events.empty());
  CAF_CHECK_EQUAL(db().stream("j", 0, {})->entries.size(), 1u);
  CAF_CHECK(db().verify({})->findings.empty());
}

CAF_TEST(a read only store answers and refuses writes) {
  CAF_REQUIRE(append(db(), sample_event("j", "e1")) != nullptr);
  const auto before = dump(db());
  CAF_REQUIRE(opened->close());
  opened.reset();
  auto opts = options();
  opts.read_only = true;
  open(opts);
  CAF_CHECK_EQUAL(dump(db()), before);
  CAF_CHECK(db().verify({})->findings.empty());
  CAF_CHECK(db().write({}).error().code == errc::storage_unavailable);
}

CAF_TEST(readers see whole commits while others are written) {
  db();
  std::atomic<bool> writing{true};
  std::atomic<int> torn{0};
  std::atomic<int> pages{0};
  std::thread reader{[&] {
    while (writing || pages == 0) {
      const auto page = opened->stream("j", 0, {100'000, std::size_t{1} << 30});
      const auto job = opened->load_job("j");
      const auto dense = page && page->entries.size() == page->last_seq && page->last_seq % 2 == 0;
      torn += dense && job && job->last_seq >= page->last_seq ? 0 : 1;
      ++pages;
    }
  }};
  for (int i = 0; i < 60; ++i) {
    const auto one = append(*opened, sample_event("j", fmt::format("a{}", i)));
    const auto two = append(*opened, sample_event("j", fmt::format("b{}", i)));
    CAF_CHECK(commit(*opened, commit_of({one, two}, static_cast<sequence>(2 * i))));
  }
  writing = false;
  reader.join();
  CAF_CHECK_EQUAL(torn.load(), 0);
}

CAF_TEST(the store kind is chosen by name) {
  store_choice choice;
  choice.kind = "memory";
  CAF_CHECK(open_store(choice, at(0), {})->opened->stats().kind == "memory");
  choice.kind = "embedded";
  choice.embedded = options();
  CAF_CHECK(open_store(choice, at(0), {})->opened->stats().kind == "embedded");
  choice.kind = "floppy";
  CAF_CHECK(open_store(choice, at(0), {}).error().code == errc::bad_config);
}

CAF_TEST_FIXTURE_SCOPE_END()
