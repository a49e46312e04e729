#define CAF_SUITE storage.restore
#include "storage/restore.hpp"

#include "backup_fixture.hpp"

#include <stdexcept>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

namespace fs = std::filesystem;

} // namespace

CAF_TEST_FIXTURE_SCOPE(restore_tests, backup_fixture)

CAF_TEST(a restored store answers everything as the original did) {
  open();
  fill();
  const auto expected = dump(*db);
  const auto made = backup();
  fill(10); // not in the backup
  const auto report = restore("new");
  CAF_CHECK_EQUAL(report.from.log_records, made.log_records);
  CAF_CHECK_EQUAL(report.store.jobs, 4u);
  CAF_CHECK_EQUAL(report.store.events, 1u);
  CAF_CHECK_EQUAL(dump_of("new"), expected);
  require_sound(*open_restored("new"));
}

CAF_TEST(a restored store has the rows timers and sent events of the original) {
  open();
  fill(10);
  const auto cause = accept("asks");
  auto wanted = commit_of({cause}, 0);
  wanted.outgoing = {sent_event_of(cause, "epsilon", "s1")};
  wanted.rows = {{"olap", 1, "10"}, {"olap", 1, "20"}};
  wanted.timers = {timer_of(cause, "t1", 200), timer_of(cause, "t2", 300)};
  CAF_REQUIRE(commit(*db, wanted));
  CAF_REQUIRE(fire(*db, 200, "t1", 201) != nullptr);
  CAF_REQUIRE_EQUAL(deliver(*db, {{"olap", "asks", 1, 0}}), 1u);
  const auto expected = dump(*db);
  backup();
  restore("new");
  const auto again = open_restored("new");
  CAF_CHECK_EQUAL(dump(*again), expected);
  CAF_CHECK_EQUAL(again->stats().timers, 1u);
  CAF_CHECK_EQUAL(again->stats().outbox, 1u);
  require_sound(*again);
}

CAF_TEST(a restored store has its id and a new incarnation for good) {
  open();
  fill(10);
  backup();
  const auto old = db->stats();
  restore("new");
  for (int restart = 0; restart < 3; ++restart) {
    const auto copy = open_restored("new");
    CAF_CHECK_EQUAL(copy->stats().store_id, old.store_id);
    CAF_CHECK_NOT_EQUAL(copy->stats().incarnation, old.incarnation);
    CAF_CHECK_EQUAL(copy->stats().incarnation, "0707070000000000");
    CAF_CHECK(append(*copy, sample_event("alpha", fmt::format("r{}", restart))) != nullptr);
    require_sound(*copy);
  }
}

CAF_TEST(a restored store goes on over many segments and is restored again) {
  open();
  fill(10);
  backup();
  restore("new");
  db.reset();
  auto opts = options();
  opts.directory = folder.path() / "new";
  open(opts);
  fill();
  const auto expected = dump(*db);
  const auto second = folder.path() / "second";
  CAF_REQUIRE(db->backup({second, at(0), "0.1.0", {}}));
  CAF_REQUIRE(restore_store({second, folder.path() / "third", at(0), {8}, {}}));
  CAF_CHECK_EQUAL(dump_of("third"), expected);
  require_sound(*open_restored("third"));
}

CAF_TEST(an empty store can be restored) {
  open();
  backup();
  restore("new");
  const auto copy = open_restored("new");
  CAF_CHECK_EQUAL(copy->stats().incarnation, "0707070000000000");
  CAF_CHECK(append(*copy, sample_event("alpha", "a")) != nullptr);
  require_sound(*copy);
}

CAF_TEST(a store that gave up data can be restored) {
  open();
  fill(20);
  const auto hurt = accept("alpha");
  fill(20);
  db.reset();
  flip_log(live, hurt->position + 20);
  fs::remove_all(live / "view"); // a start looks only at what the view does not cover
  auto opts = options();
  opts.accept_data_loss = true;
  open(opts);
  CAF_REQUIRE(db->recovery().lost_data);
  last.clear();
  for (const auto* job : {"alpha", "beta", "gamma"})
    last[job] = db->load_job(job)->last_seq;
  backup();
  restore("at once");
  CAF_CHECK_EQUAL(dump_of("at once"), dump(*db));
  fill(20);
  backup();
  restore("later");
  CAF_CHECK_EQUAL(dump_of("later"), dump(*db));
  require_sound(*open_restored("later"));
}

CAF_TEST(every damaged file is found and refused by name) {
  auto opts = options();
  opts.retention.bytes = 12'000;
  open(opts);
  accept("waits"); // kept from a segment that goes
  fill();
  while (db->trim(at(0))->dropped_segments > 0)
    continue;
  backup();
  db.reset();
  const auto all = files();
  CAF_CHECK(std::any_of(all.begin(), all.end(), [](const auto& name) { return name.ends_with(".kept"); }));
  CAF_CHECK(std::any_of(all.begin(), all.end(), [](const auto& name) { return name.ends_with(".sst"); }));
  for (const auto& name : all) {
    const auto path = kept / name;
    const auto whole = bytes_of(path.parent_path()).at(path.filename().string());
    if (whole.empty())
      continue;
    auto flipped = whole;
    flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 0x04);
    overwrite(path, 0, flipped);
    const auto changed = try_restore("new");
    CAF_CHECK(!changed && changed.error().detail.find(name) != std::string::npos);
    fs::resize_file(path, whole.size() - 1);
    const auto shorter = try_restore("new");
    CAF_CHECK(!shorter && shorter.error().detail.find(name) != std::string::npos);
    fs::remove(path);
    const auto missing = try_restore("new");
    CAF_CHECK(!missing);
    if (name == manifest_name)
      CAF_CHECK(missing.error().code == errc::not_found);
    else
      CAF_CHECK_NOT_EQUAL(missing.error().detail.find(name), std::string::npos);
    std::ofstream{path, std::ios::binary} << whole;
  }
  CAF_CHECK(!fs::exists(folder.path() / "new"));
  restore("new");
}

CAF_TEST(a directory with anything in it is left alone) {
  open();
  fill(4);
  backup();
  fs::create_directories(folder.path() / "new");
  std::ofstream{folder.path() / "new" / "thesis.txt"} << "mine";
  const auto refused = try_restore("new");
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::state_conflict);
  CAF_CHECK(bytes_of(folder.path() / "new").size() == 1);
  CAF_CHECK(!try_restore("backups"));
  CAF_CHECK(!try_restore("backups/weir/new"));
  const auto live_one = try_restore("live");
  CAF_REQUIRE(!live_one);
  CAF_CHECK(live_one.error().code == errc::state_conflict);
}

CAF_TEST(a restore that is cut off anywhere leaves nothing that opens as a store) {
  open();
  fill(20);
  backup();
  db.reset();
  for (int steps = 0;; ++steps) {
    const auto name = fmt::format("new-{}", steps);
    int left = steps;
    const auto made =
        try_restore(name, [&](const backup_progress& at) { return at.step == "building the view" || left-- > 0; });
    if (made) {
      CAF_CHECK_GREATER(steps, 10);
      return;
    }
    CAF_CHECK(made.error().code == errc::not_ready);
    if (!fs::exists(folder.path() / name))
      continue;
    auto opts = options();
    opts.directory = folder.path() / name;
    opts.read_only = true;
    CAF_CHECK(!embedded_store::open(opts, at(0), {9}));
    CAF_CHECK(!try_restore(name));
  }
}

CAF_TEST_FIXTURE_SCOPE_END()
