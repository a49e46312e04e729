#define CAF_SUITE storage.embedded_recovery
#include "storage/embedded_store.hpp"
#include "storage/high_water.hpp"
#include "storage/log_reader.hpp"
#include "storage/segment_table.hpp"
#include "storage/view.hpp"
#include "storage_damage.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <fstream>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

namespace fs = std::filesystem;

struct fixture {
  scratch_directory folder;
  const fs::path live = folder.path() / "live";
  std::unique_ptr<embedded_store> opened;

  static embedded_options options(const fs::path& directory) {
    auto opts = small_store(directory);
    opts.sync = true;
    return opts;
  }

  void open() {
    auto made = embedded_store::open(options(live), at(0), {1, 2, 3});
    if (!made)
      CAF_FAIL("the store does not open: " << made.error().detail);
    opened = *std::move(made);
  }

  /// The files as a killed process leaves them: the view is never flushed.
  fs::path crashed_copy(const std::string& name) const {
    const auto to = folder.path() / name;
    fs::copy(live, to, fs::copy_options::recursive);
    return to;
  }

  /// Two handled jobs over several segments, and one event that waits.
  void fill() {
    open();
    for (int i = 0; i < 30; ++i) {
      const auto job = i % 2 == 0 ? "alpha" : "beta";
      const auto body = append(*opened, sample_event(job, fmt::format("e{}", i), std::string(200, '7')));
      CAF_REQUIRE(body != nullptr);
      CAF_REQUIRE(commit(*opened, commit_of({body}, static_cast<sequence>(i / 2))));
    }
    CAF_REQUIRE(append(*opened, sample_event("gamma", "waits")) != nullptr);
  }
};

result<std::unique_ptr<embedded_store>> reopen(const fs::path& directory, bool accept = false) {
  auto opts = fixture::options(directory);
  opts.accept_data_loss = accept;
  return embedded_store::open(opts, at(0), {9, 9, 9});
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(embedded_recovery_tests, fixture)

CAF_TEST(a crashed store replays what its view lacks) {
  fill();
  const auto before = dump(*opened);
  const auto again = reopen(crashed_copy("copy"));
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL(dump(**again), before);
  CAF_CHECK_EQUAL((*again)->recovery().replayed_records, 61U);
  CAF_CHECK_EQUAL((*again)->recovery().cut_bytes, 0U);
  CAF_CHECK((*again)->verify({})->findings.empty());
}

CAF_TEST(what a commit sends and asks for comes back with it or not at all) {
  open();
  const auto cause = append(*opened, sample_event("from", "e1"));
  CAF_REQUIRE(cause != nullptr);
  const auto before = dump(*opened);
  const auto begin = opened->stats().head;
  auto wanted = commit_of({cause}, 0);
  wanted.outgoing = {sent_event_of(cause, "to", "s1"), sent_event_of(cause, "to", "s2")};
  wanted.rows = {{"olap", 1, R"({"n":1})"}, {"olap", 1, R"({"n":2})"}};
  wanted.timers = {timer_of(cause, "t1", 200)};
  const auto crashed = crashed_copy("before");
  CAF_REQUIRE(commit(*opened, wanted));
  const auto after = dump(*opened);
  const auto bytes = opened->stats().head - begin;
  const auto [path, offset] = place_of(live, begin);
  std::string group(bytes, '\0');
  std::ifstream log{path, std::ios::binary};
  log.seekg(static_cast<std::streamoff>(offset));
  log.read(group.data(), static_cast<std::streamsize>(bytes));
  // A process that is killed while it writes: the group counts as a whole.
  for (std::uint64_t written = 0; written < bytes + 37; written += 37) {
    const auto torn = folder.path() / fmt::format("torn-{}", written);
    fs::copy(crashed, torn, fs::copy_options::recursive);
    const auto [torn_path, torn_offset] = place_of(torn, begin);
    overwrite(torn_path, torn_offset, group.substr(0, std::min(written, bytes)));
    const auto again = reopen(torn);
    CAF_REQUIRE(again);
    // The last bytes fill up the last record.
    const auto is_whole = written >= bytes || group.find_first_not_of('\0', written) == std::string::npos;
    CAF_CHECK_EQUAL(dump(**again), is_whole ? after : before);
    CAF_CHECK((*again)->verify({})->findings.empty());
  }
}

CAF_TEST(a fired timer and delivered rows stay gone after a crash) {
  open();
  const auto cause = append(*opened, sample_event("from", "e1"));
  CAF_REQUIRE(cause != nullptr);
  auto wanted = commit_of({cause}, 0);
  wanted.rows = {{"olap", 1, "1"}, {"olap", 1, "2"}};
  wanted.timers = {timer_of(cause, "t1", 200), timer_of(cause, "t2", 300)};
  CAF_REQUIRE(commit(*opened, wanted));
  CAF_REQUIRE(fire(*opened, 200, "t1", 201) != nullptr);
  CAF_REQUIRE_EQUAL(deliver(*opened, {{"olap", "from", 1, 0}}), 1u);
  const auto expected = dump(*opened);
  const auto copy = crashed_copy("copy");
  const auto again = reopen(copy);
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL(dump(**again), expected);
  CAF_CHECK(fire(**again, 200, "t1", 202) == nullptr);
  CAF_CHECK_EQUAL(deliver(**again, {{"olap", "from", 1, 0}}), 0u);
  CAF_CHECK_EQUAL((*again)->stats().pending, 1u);
  CAF_CHECK((*again)->verify({})->findings.empty());
}

CAF_TEST(a first start that died at any step is made again) {
  {
    // The view was made, nothing else.
    fs::create_directories(live);
    auto rows = view::open(live / "view", view::access::read_write);
    CAF_REQUIRE(rows);
    CAF_REQUIRE((*rows)->close());
  }
  CAF_CHECK(reopen(crashed_copy("view-only")));
  std::ofstream{live / "next-high-water"} << std::string(100, '\0');
  CAF_CHECK(reopen(crashed_copy("unfinished-mark")));
  fs::create_directories(live / "log");
  CAF_REQUIRE(high_water::open(live, {{1}, first_log_position, 0}));
  CAF_CHECK(reopen(crashed_copy("no-segment")));
  std::ofstream{live / "log" / "next-segment"} << std::string(100, '\0');
  const auto last = reopen(live);
  CAF_REQUIRE(last);
  CAF_CHECK(append(**last, sample_event("j", "e1")) != nullptr);
}

CAF_TEST(a tail torn at any byte is cut and nothing acknowledged is lost) {
  fill();
  const auto acknowledged = dump(*opened);
  const auto mark = crashed_copy("mark") / "high-water";
  const auto from = opened->stats().head;
  CAF_REQUIRE(append(*opened, sample_event("alpha", "torn", "12345")) != nullptr);
  const auto group_bytes = opened->stats().head - from;
  const auto whole = crashed_copy("whole");
  fs::copy_file(mark, whole / "high-water", fs::copy_options::overwrite_existing);
  for (std::uint64_t kept = 0; kept < group_bytes; ++kept) {
    const auto copy = folder.path() / "torn";
    fs::copy(whole, copy, fs::copy_options::recursive);
    zero_log(copy, from + kept, group_bytes - kept);
    {
      const auto again = reopen(copy);
      if (!again)
        CAF_FAIL("torn behind " << kept << " bytes: " << again.error().detail);
      // What is missing may have been zeros only: then the group is whole.
      if ((*again)->find_event("torn", ""))
        CAF_CHECK(kept + log_alignment > group_bytes);
      else if (dump(**again) != acknowledged)
        CAF_FAIL("other answers when torn behind " << kept << " bytes");
      CAF_REQUIRE(append(**again, sample_event("alpha", "next")) != nullptr);
    }
    if (kept % 16 == 0) {
      const auto third = reopen(copy);
      CAF_REQUIRE(third);
      CAF_REQUIRE((*third)->find_event("next", ""));
    }
    fs::remove_all(copy);
  }
}

CAF_TEST(a flipped bit in acknowledged data refuses the start and names the job) {
  fill();
  const auto position = opened->find_event("e6", "")->body->position;
  const auto copy = crashed_copy("copy");
  flip_log(copy, position + 60);
  const auto refused = reopen(copy);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::storage_damaged);
  CAF_CHECK(refused.error().detail.find("alpha seq 4") != std::string::npos);
  CAF_CHECK(refused.error().detail.find("beta") == std::string::npos);
  CAF_CHECK(refused.error().detail.find(".log") != std::string::npos);
  CAF_CHECK(!reopen(copy));
}

CAF_TEST(a flipped bit in the last acknowledged group is not a torn tail) {
  fill();
  const auto position = opened->find_event("waits", "")->body->position;
  const auto copy = crashed_copy("copy");
  flip_log(copy, position + 20);
  const auto refused = reopen(copy);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::storage_damaged);
  CAF_CHECK(refused.error().detail.find("gamma") != std::string::npos);
}

CAF_TEST(damage in front of what the view covers is found when it is read) {
  fill();
  const auto position = opened->find_event("e6", "")->body->position;
  CAF_REQUIRE(opened->close());
  flip_log(live, position + 60);
  const auto again = reopen(live);
  CAF_REQUIRE(again);
  const auto read = (*again)->find_event("e6", "");
  CAF_REQUIRE(!read);
  CAF_CHECK(read.error().code == errc::storage_damaged);
  CAF_CHECK((*again)->find_event("e7", ""));
}

CAF_TEST(a lost view is rebuilt with equal answers) {
  fill();
  const auto before = dump(*opened);
  CAF_REQUIRE(opened->close());
  fs::remove_all(live / "view");
  const auto again = reopen(live);
  CAF_REQUIRE(again);
  CAF_CHECK((*again)->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(dump(**again), before);
  CAF_CHECK((*again)->verify({})->findings.empty());
}

CAF_TEST(an unreadable view is set aside and rebuilt) {
  fill();
  const auto before = dump(*opened);
  CAF_REQUIRE(opened->close());
  for (const auto& file : fs::directory_iterator{live / "view"})
    if (file.path().filename().string().starts_with("MANIFEST"))
      std::ofstream{file.path(), std::ios::trunc} << "nonsense";
  const auto again = reopen(live);
  CAF_REQUIRE(again);
  CAF_CHECK((*again)->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(dump(**again), before);
  CAF_CHECK(fs::exists(live / "view-set-aside"));
}

CAF_TEST(a first start that was killed before its first segment is begun anew) {
  const auto young = folder.path() / "young";
  fs::create_directories(young / "log");
  CAF_REQUIRE(view::open(young / "view", view::access::read_write));
  {
    const auto begun = embedded_store::open(options(young), at(0), {});
    CAF_REQUIRE(begun);
    CAF_CHECK((*begun)->recovery().first_run);
    CAF_REQUIRE(append(**begun, sample_event("j", "e")) != nullptr);
  }
  const auto again = reopen(young);
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL((*again)->stats().pending, 1u);
  CAF_CHECK(!fs::exists(young / "view-set-aside"));
}

CAF_TEST(the view of another store is not used) {
  fill();
  const auto before = dump(*opened);
  CAF_REQUIRE(opened->close());
  const auto other = folder.path() / "other";
  {
    const auto stranger = embedded_store::open(options(other), at(0), {5, 5});
    CAF_REQUIRE(stranger);
    CAF_REQUIRE(append(**stranger, sample_event("z", "z")) != nullptr);
  }
  fs::remove_all(live / "view");
  fs::copy(other / "view", live / "view", fs::copy_options::recursive);
  const auto again = reopen(live);
  CAF_REQUIRE(again);
  CAF_CHECK((*again)->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(dump(**again), before);
}

CAF_TEST(a log that ends in front of the mark refuses the start) {
  fill();
  const auto old = crashed_copy("old");
  CAF_REQUIRE(append(*opened, sample_event("alpha", "later")) != nullptr);
  const auto newer = crashed_copy("newer");
  fs::copy_file(newer / "high-water", old / "high-water", fs::copy_options::overwrite_existing);
  const auto refused = reopen(old);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::storage_damaged);
  CAF_CHECK(refused.error().detail.find("was durable up to") != std::string::npos);
}

CAF_TEST(a log that ends in front of its view refuses the start and names the job) {
  fill();
  CAF_REQUIRE(opened->close());
  const auto old = crashed_copy("old");
  opened = *reopen(live);
  const auto body = append(*opened, sample_event("alpha", "later"));
  const auto last = opened->load_job("alpha")->last_seq;
  CAF_REQUIRE(commit(*opened, commit_of({body}, last)));
  CAF_REQUIRE(opened->close());
  fs::remove_all(old / "view");
  fs::copy(live / "view", old / "view", fs::copy_options::recursive);
  auto strict = options(old);
  strict.sync = true;
  const auto refused = embedded_store::open(strict, at(0), {});
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::storage_damaged);
  CAF_CHECK(refused.error().detail.find((old / "view").string() + " covers it up to") != std::string::npos);
  CAF_CHECK(refused.error().detail.find(fmt::format("alpha seq {}", last + 1)) != std::string::npos);
  // Without syncs a power cut leaves the same, and nothing was promised.
  auto lazy = options(old);
  lazy.sync = false;
  CAF_CHECK(embedded_store::open(lazy, at(0), {}));
}

CAF_TEST(a missing or unreadable mark refuses the start) {
  fill();
  const auto missing = crashed_copy("missing");
  fs::remove(missing / "high-water");
  CAF_CHECK(!reopen(missing));
  const auto unreadable = crashed_copy("unreadable");
  std::ofstream{unreadable / "high-water", std::ios::trunc} << std::string(1024, 'x');
  CAF_CHECK(!reopen(unreadable));
  const auto half = crashed_copy("half");
  auto file = std::fstream{half / "high-water", std::ios::in | std::ios::out | std::ios::binary};
  file << "x"; // a torn write of one slot leaves the other
  file.close();
  CAF_CHECK(reopen(half));
}

CAF_TEST(a missing segment refuses the start) {
  fill();
  const auto segments = list_segments(live / "log");
  CAF_REQUIRE(segments);
  CAF_REQUIRE(segments->sound.size() > 3);
  for (const auto& segment : segments->sound) {
    const auto copy = crashed_copy("copy");
    fs::remove(copy / "log" / segment.path.filename());
    const auto refused = reopen(copy);
    CAF_REQUIRE(!refused);
    CAF_CHECK(refused.error().code == errc::storage_damaged);
    fs::remove_all(copy);
  }
  const auto empty = crashed_copy("empty");
  fs::remove_all(empty / "log");
  CAF_CHECK(!reopen(empty));
}

CAF_TEST(a segment of another store refuses the start) {
  fill();
  const auto segments = list_segments(live / "log");
  CAF_REQUIRE(segments);
  const auto copy = crashed_copy("copy");
  auto header = segments->sound.back().header;
  header.store_id = {4, 4, 4};
  overwrite(copy / "log" / segments->sound.back().path.filename(), 0, encode_segment_header(header));
  const auto refused = reopen(copy);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().detail.find("another store") != std::string::npos);
}

CAF_TEST(a newer format refuses the start and changes nothing) {
  fill();
  const auto segments = list_segments(live / "log");
  CAF_REQUIRE(segments);
  const auto copy = crashed_copy("copy");
  overwrite(copy / "log" / segments->sound.back().path.filename(), 8, std::string("\2\0\0\0", 4));
  const auto before = bytes_of(copy / "log");
  const auto refused = reopen(copy, true);
  CAF_REQUIRE(!refused);
  CAF_CHECK(refused.error().code == errc::unsupported);
  CAF_CHECK(refused.error().detail.find("newer") != std::string::npos);
  CAF_CHECK(bytes_of(copy / "log") == before);
}

CAF_TEST(accepted data loss keeps the front and the damaged files) {
  fill();
  const auto incarnation = opened->stats().incarnation;
  const auto head = opened->stats().head;
  const auto position = opened->find_event("e20", "")->body->position;
  const auto copy = crashed_copy("copy");
  flip_log(copy, position + 60);
  {
    const auto again = reopen(copy, true);
    if (!again)
      CAF_FAIL("does not open: " << again.error().detail);
    CAF_CHECK((*again)->recovery().lost_data);
    CAF_CHECK((*again)->stats().incarnation != incarnation);
    CAF_CHECK((*again)->stats().head >= head);
    CAF_CHECK((*again)->load_job("alpha")->last_seq == 10U);
    CAF_CHECK((*again)->load_job("beta")->last_seq == 10U);
    CAF_CHECK((*again)->find_event("e19", ""));
    CAF_CHECK(!(*again)->find_event("e20", ""));
    CAF_CHECK((*again)->verify({})->findings.empty());
    const auto body = append(**again, sample_event("alpha", "new"));
    CAF_REQUIRE(body != nullptr);
    CAF_CHECK(body->position >= head);
    CAF_REQUIRE(commit(**again, commit_of({body}, 10)));
  }
  std::size_t kept = 0;
  for (const auto& entry : fs::directory_iterator{copy})
    kept += entry.path().filename().string().starts_with("damaged-") ? 1 : 0;
  CAF_CHECK_EQUAL(kept, 1U);
  const auto third = reopen(copy);
  CAF_REQUIRE(third);
  CAF_CHECK((*third)->load_job("alpha")->last_seq == 11U);
  CAF_CHECK((*third)->stats().incarnation != incarnation);
}

CAF_TEST(accepted data loss also helps when everything is gone) {
  fill();
  const auto copy = crashed_copy("copy");
  fs::remove_all(copy / "log");
  fs::remove_all(copy / "view");
  CAF_CHECK(!reopen(copy));
  {
    const auto again = reopen(copy, true);
    if (!again)
      CAF_FAIL("does not open: " << again.error().detail);
    CAF_CHECK_EQUAL((*again)->stats().jobs, 0U);
    CAF_REQUIRE(append(**again, sample_event("alpha", "new")) != nullptr);
  }
  const auto third = reopen(copy);
  CAF_REQUIRE(third);
  CAF_CHECK_EQUAL((*third)->stats().pending, 1U);
}

CAF_TEST(a read only start changes no file) {
  fill();
  const auto before = dump(*opened);
  const auto copy = crashed_copy("copy");
  zero_log(copy, opened->stats().head, 0);
  const auto log = bytes_of(copy / "log");
  auto opts = options(copy);
  opts.read_only = true;
  const auto again = embedded_store::open(opts, at(0), {});
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL(dump(**again), before);
  CAF_CHECK(bytes_of(copy / "log") == log);
}

CAF_TEST(a start tells how far it is with the part of the log that the view lacks) {
  fill();
  const auto copy = crashed_copy("copy");
  std::vector<replay_progress> told;
  auto opts = options(copy);
  opts.progress = [&](const replay_progress& at) {
    told.push_back(at);
    return true;
  };
  const auto head = opened->stats().head;
  {
    const auto again = embedded_store::open(opts, at(0), {});
    CAF_REQUIRE(again);
    CAF_REQUIRE((*again)->close());
  }
  CAF_REQUIRE_EQUAL(told.size(), 61U); // groups
  for (std::size_t i = 1; i < told.size(); ++i)
    CAF_CHECK(told[i].position > told[i - 1].position);
  CAF_CHECK_EQUAL(told.front().rebuilds, true); // it was never flushed
  CAF_CHECK(told.front().percent() < 10);
  CAF_CHECK_EQUAL(told.back().position, head);
  CAF_CHECK_EQUAL(told.back().done, told.back().total);
  CAF_CHECK_EQUAL(told.back().percent(), 99);
  // Now the view has it all, and one group is added.
  told.clear();
  {
    const auto again = reopen(copy);
    CAF_REQUIRE(append(**again, sample_event("alpha", "late")) != nullptr);
    fs::copy(copy, folder.path() / "later", fs::copy_options::recursive);
  }
  opts.directory = folder.path() / "later";
  CAF_REQUIRE(embedded_store::open(opts, at(0), {}));
  CAF_REQUIRE(!told.empty());
  CAF_CHECK(told.size() < 61U);
  CAF_CHECK_EQUAL(told.back().rebuilds, false);
  CAF_CHECK(told.back().position > head);
  CAF_CHECK_EQUAL(told.back().done, told.back().total);
}

CAF_TEST(a start that is told to stop leaves everything for the next one) {
  fill();
  const auto before = dump(*opened);
  const auto copy = crashed_copy("copy");
  auto opts = options(copy);
  auto groups = 0;
  opts.progress = [&groups](const replay_progress&) { return ++groups < 20; };
  const auto stopped = embedded_store::open(opts, at(0), {});
  CAF_REQUIRE(!stopped);
  CAF_CHECK_EQUAL(stopped.error().code, errc::timed_out);
  CAF_CHECK_EQUAL(groups, 20);
  const auto again = reopen(copy);
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL(dump(**again), before);
}

CAF_TEST(a start after an orderly stop replays nothing) {
  fill();
  CAF_REQUIRE(opened->close());
  const auto again = reopen(live);
  CAF_REQUIRE(again);
  CAF_CHECK_EQUAL((*again)->recovery().replayed_records, 0U);
  CAF_CHECK_EQUAL((*again)->recovery().jobs, 3U);
  CAF_CHECK_EQUAL((*again)->recovery().events, 1U);
  CAF_CHECK_EQUAL((*again)->recovery().entries, 30U);
}

CAF_TEST_FIXTURE_SCOPE_END()
