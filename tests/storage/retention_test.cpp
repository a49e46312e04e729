#define CAF_SUITE storage.retention
#include "storage/retention.hpp"

#include "domain/dead_letter.hpp"
#include "filled_store.hpp"
#include "storage/dropped_rows.hpp"
#include "storage/record_codec.hpp"
#include "storage/stream_row.hpp"
#include "storage/view_keys.hpp"
#include "support/weir_test.hpp"

#include <set>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t late = 1'000'000'000; ///< seconds: behind every window

struct fixture : filled_store {
  void open(std::uint64_t bytes = 12'000) {
    filled_store::open(small_store(live, bytes));
  }

  trim_report trim(std::int64_t second = 0) {
    auto report = db->trim(at(second));
    if (!report)
      CAF_FAIL("trim: " << report.error().detail);
    return *report;
  }

  fs::path copy(const std::string& name) const {
    const auto to = folder.path() / name;
    fs::copy(live, to, fs::copy_options::recursive);
    return to;
  }

  sequence first_of(const job_id& job) const {
    return db->load_job(job)->first_seq;
  }
};

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator{folder})
    names.insert(entry.path().filename().string());
  return names;
}

/// Trimmed, or forgotten altogether once the view was compacted.
bool is_gone(const error& why) {
  return why.code == errc::history_trimmed || why.code == errc::not_found;
}

std::string dump_of(const fs::path& directory) {
  auto opened = embedded_store::open(small_store(directory, 0), at(0), {9, 9, 9});
  return opened ? dump(**opened) : opened.error().detail;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(retention_tests, fixture)

CAF_TEST(without limits everything is kept) {
  open(0);
  fill();
  CAF_CHECK_EQUAL(trim().dropped_segments, 0u);
  CAF_CHECK_EQUAL(first_of("alpha"), 1u);
}

CAF_TEST(segments beyond the limit are dropped and the streams begin later) {
  open();
  fill();
  const auto before = db->stats().log_bytes;
  const auto report = trim();
  CAF_CHECK(report.dropped_segments > 2);
  CAF_CHECK_EQUAL(report.dropped_segments * 4096, report.dropped_bytes);
  CAF_CHECK(db->stats().log_bytes < before);
  CAF_CHECK(db->stats().log_bytes < 12'000 + 4096);
  for (const auto* job : {"alpha", "beta"}) {
    const auto page = *db->stream(job, 0, {});
    CAF_CHECK(page.first_seq > 1);
    CAF_REQUIRE(!page.entries.empty());
    CAF_CHECK_EQUAL(page.entries.front().seq, page.first_seq);
    CAF_CHECK_EQUAL(page.entries.back().seq, 30u);
    CAF_CHECK_EQUAL(page.entries.size(), 30 - page.first_seq + 1);
  }
  CAF_CHECK_EQUAL(trim().dropped_segments, 0u);
}

CAF_TEST(segments are dropped by age once all in them is old enough) {
  auto opts = small_store(live, 0);
  opts.retention.age = std::chrono::hours{24};
  db = *embedded_store::open(opts, at(0), {1, 2, 3});
  fill();
  // Segments carry the time of the clock, not of the samples.
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  CAF_CHECK_EQUAL(db->trim(now)->dropped_segments, 0u);
  const auto all = names_in(live / "log").size();
  const auto report = *db->trim(now + std::chrono::hours{25});
  CAF_CHECK_EQUAL(report.dropped_segments, all - 1);
  CAF_CHECK_EQUAL(names_in(live / "log").size(), 1u);
}

CAF_TEST(what waits or is a dead letter outlives its segment byte for byte) {
  open();
  const auto waits = accept("slow");
  const auto dead = accept("sad");
  kill_letter("sad", dead);
  fill();
  CAF_CHECK_EQUAL(trim().kept_events, 2u);
  const auto check = [&] {
    const auto page = *db->pending("slow", 0, {});
    CAF_REQUIRE_EQUAL(page.events.size(), 1u);
    CAF_CHECK_EQUAL(text_of(page.events[0].body), text_of(waits));
    const auto letter = db->find_dead_letter(dead_letter_id(dead->position));
    CAF_REQUIRE(letter);
    CAF_CHECK_EQUAL(text_of(letter->second), text_of(dead));
  };
  check();
  open();
  check();
}

CAF_TEST(an event is kept as long as its entry) {
  open();
  const auto early = accept("slow");
  fill(20);
  handle("slow", early); // its entry lies behind what is dropped now
  fill(20);
  trim();
  CAF_CHECK(fs::exists(live / "log" / kept_name(first_log_position)));
  const auto page = *db->stream("slow", 0, {});
  CAF_REQUIRE_EQUAL(page.entries.size(), 1u);
  CAF_CHECK_EQUAL(text_of(page.entries[0].body), text_of(early));
  fill(60);
  while (trim().dropped_segments > 0)
    continue;
  CAF_CHECK_EQUAL(db->stream("slow", 0, {})->first_seq, 2u);
  CAF_CHECK(is_gone(db->find_event(early->body.id, "api").error()));
  CAF_CHECK(!fs::exists(live / "log" / kept_name(first_log_position)));
}

CAF_TEST(kept events go when they are done) {
  open();
  const auto waits = accept("slow");
  const auto dead = accept("sad");
  kill_letter("sad", dead);
  fill();
  trim();
  CAF_CHECK(fs::exists(live / "log" / kept_name(first_log_position)));
  handle("slow", waits);
  write_batch batch;
  batch.discards.push_back({dead_letter_id(dead->position), at(5)});
  CAF_REQUIRE(db->write(batch)->discards[0]);
  fill();
  while (trim(late).dropped_segments > 0)
    continue;
  CAF_CHECK(!fs::exists(live / "log" / kept_name(first_log_position)));
  CAF_CHECK(is_gone(db->find_dead_letter(dead_letter_id(dead->position)).error()));
}

CAF_TEST(the event of a discarded letter stays for the day in which it can be put back) {
  open();
  const auto dead = accept("sad");
  kill_letter("sad", dead);
  const auto id = dead_letter_id(dead->position);
  const auto change = [&](std::int64_t second, bool undo) {
    write_batch batch;
    batch.discards.push_back({id, at(second), undo});
    return db->write(batch)->discards[0];
  };
  CAF_REQUIRE(change(late - 3'600, false));
  fill();
  trim(late);
  CAF_CHECK(fs::exists(live / "log" / kept_name(first_log_position)));
  CAF_REQUIRE(change(late, true));
  CAF_CHECK_EQUAL(text_of(db->find_dead_letter(id)->second), text_of(dead));
  CAF_REQUIRE(change(late - 25 * 3'600, false));
  fill();
  while (trim(late).dropped_segments > 0)
    continue;
  CAF_CHECK(is_gone(db->find_dead_letter(id).error()));
}

CAF_TEST(state records and cursors stay) {
  open();
  fill();
  trim();
  CAF_CHECK_EQUAL(db->records("feedback", "", 1'000)->records.size(), 60u);
  const auto job = *db->load_job("alpha");
  CAF_REQUIRE_EQUAL(job.states.size(), 1u);
  CAF_CHECK_EQUAL(job.states[0].second, R"({"seen":30})");
  CAF_CHECK_EQUAL(job.last_seq, 30u);
}

CAF_TEST(a dropped event is still recognised within the window) {
  open();
  fill();
  trim();
  write_batch batch;
  batch.appends.push_back(request_of({sample_event("alpha", "e0")}, 10));
  const auto again = *db->write(batch)->appends[0];
  CAF_CHECK(again.items[0].outcome == append_outcome::duplicate);
  batch.appends[0] = request_of({sample_event("alpha", "e0")}, late);
  const auto anew = *db->write(batch)->appends[0];
  CAF_CHECK(anew.items[0].outcome == append_outcome::accepted);
}

CAF_TEST(a trimmed store opens as it was and so does one without its view) {
  open();
  const auto waits = accept("slow");
  kill_letter("sad", accept("sad"));
  fill();
  trim();
  fill(6);
  const auto before = dump(*db);
  const auto crashed = copy("crashed");
  const auto bare = copy("bare");
  fs::remove_all(bare / "view");
  CAF_CHECK_EQUAL(dump_of(crashed), before);
  CAF_CHECK_EQUAL(dump_of(bare), before);
  CAF_REQUIRE(db->close());
  const auto old = folder.path() / "old-view";
  fs::copy(live / "view", old, fs::copy_options::recursive);
  open();
  CAF_CHECK_EQUAL(dump(*db), before);
  fill();
  trim();
  const auto after = dump(*db);
  CAF_REQUIRE(db->close());
  db.reset();
  fs::remove_all(live / "view");
  fs::copy(old, live / "view", fs::copy_options::recursive);
  CAF_CHECK_EQUAL(dump_of(live), after);
  CAF_CHECK_EQUAL(waits->body.job, "slow");
}

CAF_TEST(a turn that was interrupted anywhere is finished by the next one) {
  open();
  accept("slow");
  kill_letter("sad", accept("sad"));
  fill();
  const auto before = copy("before");
  const auto untrimmed = dump_of(before);
  trim();
  const auto after = dump(*db);
  CAF_REQUIRE(db->close());
  db.reset();
  const auto copy_names = [](const fs::path& from, const fs::path& to, const std::string& end) {
    for (const auto& name : names_in(from))
      if (name.ends_with(end))
        fs::copy(from / name, to / name);
  };
  const auto finish = [&](const fs::path& store) {
    auto opened = embedded_store::open(small_store(store, 12'000), at(0), {9, 9, 9});
    CAF_REQUIRE(opened);
    CAF_REQUIRE((*opened)->trim(at(0)));
    CAF_CHECK_EQUAL(dump(**opened), after);
    CAF_REQUIRE((*opened)->close());
    CAF_CHECK(names_in(store / "log") == names_in(live / "log"));
  };
  // After the kept files; after the base; after the first of the segments.
  const auto kept = folder.path() / "kept";
  fs::copy(before, kept, fs::copy_options::recursive);
  copy_names(live / "log", kept / "log", ".kept");
  CAF_CHECK_EQUAL(dump_of(kept), untrimmed);
  const auto based = folder.path() / "based";
  fs::copy(kept, based, fs::copy_options::recursive);
  for (const auto& name : names_in(live))
    if (name.starts_with("base-"))
      fs::copy(live / name, based / name, fs::copy_options::recursive);
  fs::remove_all(based / "view"); // the base came with a flush
  fs::copy(live / "view", based / "view", fs::copy_options::recursive);
  const auto shorter = folder.path() / "shorter";
  fs::copy(based, shorter, fs::copy_options::recursive);
  fs::remove(shorter / "log" / segment_name(first_log_position));
  CAF_CHECK_EQUAL(dump_of(based), after);
  CAF_CHECK_EQUAL(dump_of(shorter), after);
  finish(kept);
  finish(based);
  finish(shorter);
}

CAF_TEST(a front that is missing without a base refuses the start) {
  open();
  fill();
  trim();
  CAF_REQUIRE(db->close());
  db.reset();
  for (const auto& name : names_in(live))
    if (name.starts_with("base-"))
      fs::remove_all(live / name);
  const auto opened = embedded_store::open(small_store(live, 0), at(0), {});
  CAF_REQUIRE(!opened);
  CAF_CHECK(opened.error().code == errc::storage_damaged);
  CAF_CHECK(opened.error().detail.find("the segment in front of") != std::string::npos);
}

CAF_TEST(a damaged file of kept events refuses the start and is named) {
  open();
  accept("slow");
  fill();
  trim();
  CAF_REQUIRE(db->close());
  db.reset();
  const auto path = live / "log" / kept_name(first_log_position);
  overwrite(path, fs::file_size(path) - 20, "XX");
  const auto opened = embedded_store::open(small_store(live, 0), at(0), {});
  CAF_REQUIRE(!opened);
  CAF_CHECK(opened.error().code == errc::storage_damaged);
  CAF_CHECK(opened.error().detail.find(path.string()) != std::string::npos);
}

CAF_TEST(sent events rows and timers of dropped segments wait on) {
  open();
  const auto cause = accept("asks");
  auto wanted = commit_of({cause}, 0);
  wanted.outgoing = {sent_event_of(cause, "slow", "s1"), sent_event_of(cause, "slow", "s2")};
  wanted.rows = {{"olap", 1, "10"}, {"olap", 1, "20"}};
  wanted.timers = {timer_of(cause, "t1", 200), timer_of(cause, "t2", 300)};
  const auto done = commit(*db, wanted);
  CAF_REQUIRE(done);
  const auto asked = text_of_asked(*db);
  fill();
  CAF_CHECK(trim().dropped_segments > 2);
  CAF_CHECK_EQUAL(first_of("asks"), 2u);
  CAF_CHECK_EQUAL(text_of_asked(*db), asked);
  CAF_CHECK(db->verify({})->findings.empty());
  // What a killed process leaves, and a view that must be made again from the base.
  const auto rebuilt = copy("rebuilt");
  fs::remove_all(rebuilt / "view");
  CAF_CHECK_EQUAL(dump_of(rebuilt), dump(*db));
  open();
  const auto page = db->pending("slow", 0, {});
  CAF_REQUIRE(page);
  CAF_REQUIRE_EQUAL(page->events.size(), 2u);
  CAF_CHECK_EQUAL(text_of(page->events[0].body), text_of(done->outgoing[0]));
  CAF_CHECK(fire(*db, 200, "t1", 201) != nullptr);
  CAF_CHECK_EQUAL(deliver(*db, {{"olap", "asks", 1, 0}}), 1u);
  CAF_CHECK(db->verify({})->findings.empty());
  CAF_CHECK_EQUAL(db->stats().timers, 1u);
  CAF_CHECK_EQUAL(db->stats().outbox, 1u);
}

CAF_TEST(damage in front of the log is not dropped unseen) {
  open();
  fill();
  flip_log(live, first_log_position + 60);
  const auto report = db->trim(at(0));
  CAF_REQUIRE(!report);
  CAF_CHECK(report.error().code == errc::storage_damaged);
  CAF_CHECK(fs::exists(live / "log" / segment_name(first_log_position)));
}

CAF_TEST(rows of dropped history leave the view) {
  open();
  fill(400);
  auto garbage = dropped_rows(std::make_shared<segment_table>(list_segments(live / "log")->sound),
                              std::chrono::hours{24}, [] { return at(late); });
  stream_entry entry;
  entry.kind = entry_kind::event;
  entry.body = event_at(first_log_position + 40);
  const auto row = encode_stream_row(first_log_position + 300, {entry});
  CAF_CHECK(!garbage(keys::stream("alpha", 1), row));
  while (trim().dropped_segments > 0)
    continue;
  garbage = dropped_rows(std::make_shared<segment_table>(list_segments(live / "log")->sound), std::chrono::hours{24},
                         [] { return at(late); });
  CAF_CHECK(garbage(keys::stream("alpha", 1), row));
  event_row seen{entry.body->position, entry.body->position, at(0), "alpha", 1, event_stage::processed, {}};
  CAF_CHECK(garbage(keys::event("e0", "api"), seen.encode()));
  seen.stage = event_stage::retrying;
  CAF_CHECK(!garbage(keys::event("e0", "api"), seen.encode()));
  // And they are really gone: the turns above compacted the view.
  CAF_REQUIRE(db->close());
  db.reset();
  const auto rows = *view::open(live / "view", view::access::read_only);
  std::size_t numbers = 0;
  const view::reader now{*rows};
  CAF_REQUIRE(now.scan(keys::all_stream, keys::all_stream, [&](std::string_view, std::string_view) {
    ++numbers;
    return true;
  }));
  CAF_CHECK(numbers < 100);
}

CAF_TEST_FIXTURE_SCOPE_END()
