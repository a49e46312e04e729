#define CAF_SUITE storage.backup
#include "storage/backup.hpp"

#include "backup_fixture.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

namespace fs = std::filesystem;

/// What a killed process looks like to the files.
struct killed : std::runtime_error {
  killed() : std::runtime_error("killed") {}
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(backup_tests, backup_fixture)

CAF_TEST(a backup holds every record and its check says so) {
  open();
  fill();
  const auto made = backup();
  CAF_CHECK_EQUAL(made.head, db->stats().head);
  CAF_CHECK_EQUAL(made.copied_files, made.files);
  CAF_CHECK_GREATER(made.files, 4u);
  CAF_CHECK_EQUAL(made.log_records, 123u);
  const auto checked = check_backup(kept, {});
  CAF_REQUIRE(checked);
  CAF_CHECK_EQUAL(checked->log_records, made.log_records);
  CAF_CHECK_EQUAL(checked->head, made.head);
}

CAF_TEST(a second backup copies only what is new) {
  open();
  fill();
  const auto first = backup();
  const auto before = files();
  const auto nothing = backup();
  CAF_CHECK_EQUAL(nothing.copied_files, 0u);
  CAF_CHECK_EQUAL(nothing.copied_bytes, 0u);
  CAF_CHECK(files() == before);
  handle("alpha", accept("alpha"));
  const auto second = backup();
  CAF_CHECK_EQUAL(second.copied_files, second.files - first.files + 1); // the former last one, and those behind it
  CAF_CHECK_LESS(second.copied_bytes, 2 * 4096u);
  CAF_CHECK_EQUAL(second.removed_files, 1u);
  CAF_CHECK_EQUAL(files().size(), second.files + 1);
  CAF_REQUIRE(check_backup(kept, {}));
}

CAF_TEST(a reader of the copy never sees a torn record beside a writer) {
  open();
  fill(10);
  std::atomic<bool> over{false};
  std::atomic<log_position> acknowledged{0};
  std::thread writer{[&] {
    for (int i = 0; !over; ++i) {
      const auto body = append(*db, sample_event("live", fmt::format("w{}", i), std::string(200, 'w')));
      if (body != nullptr)
        acknowledged = body->position;
    }
  }};
  while (acknowledged == 0)
    std::this_thread::yield();
  int rounds = 0;
  for (; rounds < 5; ++rounds) {
    const log_position before = acknowledged;
    const auto made = try_backup();
    if (!made) {
      CAF_ERROR("backup: " << made.error().detail);
      break;
    }
    CAF_CHECK_GREATER(made->head, before);
    CAF_CHECK(check_backup(kept, {}));
  }
  over = true;
  writer.join();
  CAF_CHECK_EQUAL(rounds, 5);
  restore("new");
  require_sound(*open_restored("new"));
}

CAF_TEST(a backup that is stopped or killed anywhere leaves the former one) {
  open();
  fill(20);
  const auto first = backup();
  for (const auto is_killed : {false, true}) {
    fill(8);
    const auto head = db->stats().head;
    auto former = read_manifest(kept);
    CAF_REQUIRE(former && *former);
    for (int steps = 0;; ++steps) {
      int left = steps;
      auto done = false;
      try {
        const auto made = try_backup([&](const backup_progress&) {
          if (left-- > 0)
            return true;
          if (is_killed)
            throw killed{};
          return false;
        });
        CAF_CHECK(made || made.error().code == errc::not_ready);
        done = made.has_value() && left >= 0;
      } catch (const killed&) {
        // nop
      }
      const auto now = check_backup(kept, {});
      if (!now)
        CAF_FAIL("after " << steps << " steps: " << now.error().detail);
      CAF_CHECK(now->head == (*former)->head || now->head == head);
      if (done) {
        CAF_CHECK_EQUAL(now->head, head);
        CAF_CHECK_GREATER(steps, 20);
        break;
      }
    }
    CAF_CHECK_EQUAL(files().size(), read_manifest(kept)->value().files.size() + 1);
  }
  CAF_CHECK_GREATER(db->stats().head, first.head);
}

CAF_TEST(a first backup that was interrupted is known to be incomplete) {
  open();
  fill(20);
  CAF_CHECK(!try_backup([](const backup_progress&) { return false; }));
  const auto checked = check_backup(kept, {});
  CAF_REQUIRE(!checked);
  CAF_CHECK(checked.error().code == errc::state_conflict);
  CAF_CHECK(!try_restore("new"));
  CAF_CHECK(!fs::exists(folder.path() / "new"));
  backup();
  CAF_CHECK(check_backup(kept, {}));
}

CAF_TEST(a file that rotted in the backup is copied again) {
  open();
  fill();
  backup();
  const auto path = kept / *std::next(files().begin(), 2);
  overwrite(path, 200, "rot");
  const auto checked = check_backup(kept, {});
  CAF_REQUIRE(!checked);
  CAF_CHECK(checked.error().code == errc::storage_damaged);
  CAF_CHECK_NOT_EQUAL(checked.error().detail.find(path.string()), std::string::npos);
  const auto made = backup();
  CAF_CHECK_EQUAL(made.repaired_files, 1u);
  CAF_CHECK_EQUAL(made.copied_files, 1u);
  CAF_CHECK(check_backup(kept, {}));
}

CAF_TEST(damage in the store is not taken for a backup and the former stays) {
  open();
  fill(20);
  const auto first = backup();
  const auto hurt = accept("alpha");
  fill(20);
  flip_log(live, hurt->position + 20);
  const auto made = try_backup();
  CAF_REQUIRE(!made);
  CAF_CHECK(made.error().code == errc::storage_damaged);
  CAF_CHECK_NOT_EQUAL(made.error().detail.find("run weir verify"), std::string::npos);
  const auto checked = check_backup(kept, {});
  CAF_REQUIRE(checked);
  CAF_CHECK_EQUAL(checked->head, first.head);
}

CAF_TEST(what retention dropped leaves the backup with the next one) {
  auto opts = options();
  opts.retention.bytes = 12'000;
  open(opts);
  fill();
  const auto whole = backup();
  CAF_CHECK_EQUAL(whole.floor, first_log_position);
  while (db->trim(at(0))->dropped_segments > 0)
    continue;
  const auto made = backup();
  CAF_CHECK_GREATER(made.floor, first_log_position);
  CAF_CHECK_GREATER(made.removed_files, 3u);
  CAF_CHECK(!files().contains(fmt::format("log/{:020}-{:020}.log", 128, 4000)));
  CAF_CHECK_EQUAL(files().size(), made.files + 1);
  const auto expected = dump(*db);
  fill(4);
  const auto later = backup();
  CAF_CHECK_LESS(later.copied_bytes, 3 * 4096u); // the base is there already
  while (db->trim(at(0))->dropped_segments > 0)
    continue;
  backup();
  restore("new");
  CAF_CHECK_EQUAL(dump_of("new"), dump(*db));
  CAF_CHECK_NOT_EQUAL(dump(*db), expected);
  require_sound(*open_restored("new"));
}

CAF_TEST(only an empty directory or a backup of this store is taken) {
  open();
  fill(4);
  fs::create_directories(kept);
  std::ofstream{kept / "thesis.txt"} << "mine";
  const auto foreign = try_backup();
  CAF_REQUIRE(!foreign);
  CAF_CHECK(foreign.error().code == errc::state_conflict);
  CAF_CHECK(files() == std::set<std::string>{"thesis.txt"});
  fs::remove(kept / "thesis.txt");
  backup();

  const auto inside = db->backup({live / "backup", at(0), "", {}});
  CAF_REQUIRE(!inside);
  CAF_CHECK(inside.error().code == errc::bad_request);
  CAF_CHECK(!fs::exists(live / "backup"));
  fs::create_directory_symlink(live, folder.path() / "elsewhere");
  CAF_CHECK(!db->backup({folder.path() / "elsewhere" / "backup", at(0), "", {}}));
  CAF_CHECK(!db->backup({folder.path(), at(0), "", {}}));

  auto opts = options();
  opts.directory = folder.path() / "other";
  auto other = embedded_store::open(std::move(opts), at(0), {4, 4, 4});
  CAF_REQUIRE(other);
  const auto another = (*other)->backup({kept, at(0), "", {}});
  CAF_REQUIRE(!another);
  CAF_CHECK_NOT_EQUAL(another.error().detail.find("another store"), std::string::npos);
}

CAF_TEST(a restored store does not overwrite the backup that it came from) {
  open();
  fill(4);
  backup();
  restore("new");
  const auto copy = open_restored("new");
  const auto refused = copy->backup({kept, at(0), "", {}});
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::state_conflict);
  CAF_CHECK(copy->backup({folder.path() / "second", at(0), "", {}}));
}

CAF_TEST(too little room is said before anything is copied) {
  open();
  fill(4);
  auto opts = options();
  opts.disk_floor_bytes = std::uint64_t{1} << 60;
  open(opts);
  const auto refused = try_backup();
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::disk_full);
  CAF_CHECK(files() == std::set<std::string>{"backup.json"});
}

CAF_TEST(two backups into one directory do not run at once) {
  open();
  fill(4);
  backup();
  const auto lock = directory_lock::take(kept, false);
  CAF_REQUIRE(lock);
  const auto refused = try_backup();
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::state_conflict);
}

CAF_TEST(a stopped store is copied without being changed) {
  open();
  fill();
  const auto expected = dump(*db);
  db.reset();
  const auto before = bytes_of(live / "log");
  auto opts = options();
  opts.read_only = true;
  open(opts);
  backup();
  db.reset();
  CAF_CHECK(bytes_of(live / "log") == before);
  restore("new");
  CAF_CHECK_EQUAL(dump_of("new"), expected);
}

CAF_TEST(a torn tail is not in the backup) {
  open();
  fill(20);
  const auto expected = dump(*db);
  const auto end = db->stats().head;
  db.reset();
  const auto [path, offset] = place_of(live, end);
  overwrite(path, offset, "WGRP torn");
  auto opts = options();
  opts.read_only = true;
  open(opts);
  CAF_CHECK_EQUAL(backup().head, end);
  restore("new");
  CAF_CHECK_EQUAL(dump_of("new"), expected);
}

CAF_TEST(no write waits for a backup and retention does) {
  auto opts = options();
  opts.retention.bytes = 12'000;
  open(opts);
  fill();
  std::atomic<bool> trimmed{false};
  std::thread retention;
  int writes = 0;
  const auto made = try_backup([&](const backup_progress&) {
    if (!retention.joinable())
      retention = std::thread{[&] { trimmed = db->trim(at(0)).has_value(); }};
    accept("live"); // from within: it would wait for ever if writes did
    ++writes;
    CAF_CHECK(!trimmed);
    return true;
  });
  CAF_CHECK(made);
  retention.join();
  CAF_CHECK(trimmed);
  CAF_CHECK_GREATER(writes, 5);
  CAF_CHECK(check_backup(kept, {}));
}

CAF_TEST_FIXTURE_SCOPE_END()
