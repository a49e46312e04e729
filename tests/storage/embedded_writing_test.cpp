#define CAF_SUITE storage.embedded_writing
#include "storage/embedded_store.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <fcntl.h>
#include <future>
#include <unistd.h>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;
using namespace std::chrono_literals;

namespace {

struct fixture {
  scratch_directory folder;
  std::unique_ptr<embedded_store> db;

  fixture() {
    open();
  }

  void open() {
    auto made = embedded_store::open(small_store(folder.path() / "store"), at(0), {1, 2, 3});
    if (!made)
      CAF_FAIL("the store does not open: " << made.error().detail);
    db = *std::move(made);
  }

  /// Stages the event e1 of job j. @returns it; null when it is known already.
  [[nodiscard]] event_ptr stage_event() const {
    write_batch batch;
    batch.appends.push_back(request_of({sample_event("j", "e1")}));
    const auto outcome = db->stage(batch);
    CAF_REQUIRE(outcome);
    return outcome->appends.front()->items.front().body;
  }

  [[nodiscard]] result<commit_result> stage_commit(const event_ptr& what) const {
    write_batch batch;
    batch.commits.push_back(commit_of({what}, 0));
    const auto outcome = db->stage(batch);
    CAF_REQUIRE(outcome);
    return outcome->commits.front();
  }

  void restart() {
    CAF_REQUIRE(db->close());
    db.reset();
    open();
  }

  /// From now on the store cannot sync its segment: its descriptor leads elsewhere.
  void break_segment() const {
    const auto log = folder.path() / "store/log";
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(entry.path(), gone);
      if (gone || target.parent_path() != log)
        continue;
      const auto other = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
      CAF_REQUIRE(other >= 0);
      CAF_REQUIRE(::dup3(other, std::stoi(entry.path().filename()), O_CLOEXEC) >= 0);
      ::close(other);
    }
  }
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedded_writing_tests, fixture)

CAF_TEST(what is staged is not shown before it is durable) {
  const auto staged = stage_event();
  CAF_REQUIRE(staged);
  CAF_CHECK_EQUAL(staged->body.id, "e1");
  CAF_CHECK(!db->load_job("j")->exists);
  CAF_CHECK(db->find_event("e1", "").error().code == errc::not_found);
  CAF_REQUIRE(db->sync());
  CAF_CHECK(db->load_job("j")->exists);
  CAF_CHECK_EQUAL(db->pending("j", 0, {})->events.front().body->position, staged->position);
}

CAF_TEST(a commit of a staged event becomes durable with it) {
  const auto staged = stage_event();
  CAF_CHECK(stage_event() == nullptr); // a duplicate already
  const auto committed = stage_commit(staged);
  CAF_REQUIRE(committed);
  CAF_CHECK_EQUAL(committed->last, 1u);
  CAF_CHECK(!stage_commit(staged));
  CAF_REQUIRE(db->sync());
  const auto before = dump(*db);
  CAF_CHECK(db->pending("j", 0, {})->events.empty());
  CAF_CHECK_EQUAL(db->stream("j", 0, {})->last_seq, 1u);
  restart();
  CAF_CHECK_EQUAL(dump(*db), before);
  CAF_CHECK_EQUAL(db->verify({})->findings.size(), 0u);
}

CAF_TEST(an event that came and went at once hides no other one of its job) {
  CAF_REQUIRE(append(*db, sample_event("j", "e0")) != nullptr);
  restart(); // the tables have it now
  CAF_REQUIRE(stage_commit(stage_event()));
  CAF_REQUIRE(db->sync());
  CAF_REQUIRE(db->unfinished_jobs("", 9)); // has all rows written
  const auto start = db->start_job("j", {}, {});
  CAF_REQUIRE(start);
  CAF_REQUIRE_EQUAL(start->pending.events.size(), 1u);
  CAF_CHECK_EQUAL(start->pending.events.front().body->body.id, "e0");
}

CAF_TEST(a sync of nothing writes nothing) {
  CAF_REQUIRE(stage_event() != nullptr);
  CAF_REQUIRE(db->sync());
  const auto head = db->stats().head;
  CAF_REQUIRE(db->sync());
  CAF_CHECK(stage_event() == nullptr);
  CAF_REQUIRE(db->sync());
  CAF_CHECK_EQUAL(db->stats().head, head);
}

CAF_TEST(whoever asks for pending events waits for those that are staged) {
  CAF_REQUIRE(stage_event() != nullptr);
  auto page = std::async(std::launch::async, [this] { return db->pending("j", 0, {}); });
  auto start = std::async(std::launch::async, [this] { return db->start_job("j", {}, {}); });
  auto names = std::async(std::launch::async, [this] { return db->unfinished_jobs("", 9); });
  CAF_CHECK(page.wait_for(10ms) == std::future_status::timeout);
  CAF_REQUIRE(db->sync());
  const auto read = page.get();
  CAF_REQUIRE(read);
  CAF_CHECK_EQUAL(read->events.size(), 1u);
  const auto started = start.get();
  CAF_REQUIRE(started);
  CAF_CHECK_EQUAL(started->pending.events.size(), 1u);
  const auto found = names.get();
  CAF_REQUIRE(found);
  CAF_CHECK_EQUAL(found->size(), 1u);
}

CAF_TEST(nobody waits for a write that has failed) {
  CAF_REQUIRE(stage_event() != nullptr);
  auto page = std::async(std::launch::async, [this] { return db->pending("j", 0, {}); });
  break_segment();
  const auto done = db->sync();
  CAF_REQUIRE(!done);
  CAF_CHECK(done.error().code == errc::storage_unavailable);
  const auto read = page.get();
  CAF_REQUIRE(read);
  CAF_CHECK(read->events.empty());
  CAF_CHECK(!db->load_job("j")->exists);
  CAF_CHECK(db->stage({}).error().code == errc::storage_unavailable);
}

CAF_TEST(what was staged when the store is closed is kept) {
  CAF_REQUIRE(stage_event() != nullptr);
  restart();
  CAF_CHECK_EQUAL(db->pending("j", 0, {})->events.size(), 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()
