#define CAF_SUITE storage.verify
#include "verify_samples.hpp"

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

using fixture = verified_fixture;

/// One damage, and all that must be found, in order.
struct injected {
  const char* name;
  std::function<void(fixture&)> hurt;
  std::function<std::vector<std::string>(const fixture&)> found;
};

using lines = std::vector<std::string>;

const std::vector<injected>& damages() {
  static const std::vector<injected> all{
      {"a flip in the payload of an event", [](fixture& f) { flip_log(f.root, f.events["e8"] + 60); },
       [](const fixture& f) {
         const auto at = f.events.at("e8");
         return lines{
             fmt::format("a/0 {}@{}: positions {} to {} cannot be read: the record at {} fails its checksum; 1 "
                         "job concerned: a (events not yet handled)",
                         f.segment_of(at), at - group_header_bytes, at - group_header_bytes,
                         f.commits.at("e8") - group_header_bytes, at),
             fmt::format("a/5 view@{}: the record at {} fails its checksum", f.commits.at("e8"), at),
             fmt::format("a/5 view@{}: an id names the event at {}: the record at {} fails its checksum", at, at, at)};
       }},
      {"a flip in a commit", [](fixture& f) { flip_log(f.root, f.commits["e8"] + 30); },
       [](const fixture& f) {
         const auto at = f.commits.at("e8");
         return lines{
             fmt::format("a/5 {}@{}: positions {} to {} cannot be read: the record at {} fails its checksum; 1 "
                         "job concerned: a seq 5",
                         f.segment_of(at), at - group_header_bytes, at - group_header_bytes,
                         f.events.at("e9") - group_header_bytes, at),
             fmt::format("a/5 view@{}: the record at {} fails its checksum", at, at)};
       }},
      {"a flip in the header of a group",
       [](fixture& f) { flip_log(f.root, f.commits["e12"] - group_header_bytes + 9); },
       [](const fixture& f) {
         const auto at = f.commits.at("e12") - group_header_bytes;
         return lines{
             fmt::format("a/7 {}@{}: positions {} to {} cannot be read: the group header fails its checksum; 1 "
                         "job concerned: a seq 7",
                         f.segment_of(at), at, at, f.events.at("e13") - group_header_bytes)};
       }},
      {"a byte in the filling of a record",
       [](fixture& f) {
         const auto [path, offset] = place_of(f.root, f.padded_event());
         overwrite(path, offset + f.extent_of(f.padded_event()) - 1, "x");
       },
       [](const fixture& f) {
         const auto at = f.padded_event();
         return lines{fmt::format("/0 {}@{}: the bytes that fill up the record are not zero", f.segment_of(at), at)};
       }},
      {"bytes behind the last group of a segment",
       [](fixture& f) { overwrite(f.root / "log" / segment_name(first_log_position), 4090, "x"); },
       [](const fixture& f) {
         const auto next = list_segments(f.root / "log")->sound[1].header;
         return lines{fmt::format("/0 {}@{}: there are bytes up to offset 4091 behind the last group, which ends at {}",
                                  segment_name(first_log_position).string(), next.previous_end, next.previous_end)};
       }},
      {"a commit with another hash",
       [](fixture& f) {
         f.rewrite(f.commits["e17"], record_type::commit, [](std::string body) {
           body[0] = static_cast<char>(body[0] ^ 1);
           return body;
         });
       },
       [](const fixture& f) {
         const auto at = f.commits.at("e17");
         return lines{
             fmt::format("b/9 {}@{}: the commit at {} does not have the hash of its bytes", f.segment_of(at), at, at),
             fmt::format("b/10 {}@{}: the commit at {} does not follow the job's hash chain",
                         f.segment_of(f.commits.at("e19")), f.commits.at("e19"), f.commits.at("e19"))};
       }},
      {"a commit of another chain",
       [](fixture& f) { f.rewrite_commit("e19", [](commit_record& record) { record.previous_hash ^= 1; }); },
       [](const fixture& f) {
         const auto at = f.commits.at("e19");
         return lines{
             fmt::format("b/10 {}@{}: the commit at {} does not follow the job's hash chain", f.segment_of(at), at, at),
             "b/10 view@0: the job row does not have the hash of the last commit, seq 10"};
       }},
      {"a commit that gives a number again",
       [](fixture& f) { f.rewrite_commit("e19", [](commit_record& record) { record.last_before = 8; }); },
       [](const fixture& f) {
         const auto at = f.commits.at("e19");
         return lines{fmt::format("b/9 {}@{}: the commit at {} begins behind seq 8, the log stands at 9",
                                  f.segment_of(at), at, at),
                      "b/10 view@0: the job row stands at seq 10, the log at 9",
                      fmt::format("b/10 view@{}: the commit at {} does not hold seq 10 of job b", at, at)};
       }},
      {"a commit that finishes another event",
       [](fixture& f) {
         f.rewrite_commit("e18", [&](commit_record& record) { record.what.finished = {f.events["e16"]}; });
       },
       [](const fixture& f) {
         const auto at = f.commits.at("e18");
         return lines{fmt::format("a/10 {}@{}: the commit at {} finishes the event at {}, which is not pending",
                                  f.segment_of(at), at, at, f.events.at("e16")),
                      fmt::format("a/10 {}@{}: the commit at {} does not finish the event at {}, which is its entry",
                                  f.segment_of(at), at, at, f.events.at("e18")),
                      "a/10 view@0: the job row does not have the hash of the last commit, seq 10",
                      fmt::format("a/0 view@{}: the event at {} was accepted, but is neither finished nor pending",
                                  f.events.at("e18"), f.events.at("e18"))};
       }},
      {"an emitted event without a cause",
       [](fixture& f) {
         f.rewrite_commit("makes", [](commit_record& record) { record.what.entries[1].caused_by = 2; });
       },
       [](const fixture& f) {
         const auto at = f.commits.at("makes");
         return lines{fmt::format("e/2 {}@{}: the commit at {} emits event made, which no event of it caused",
                                  f.segment_of(at), at, at),
                      "e/2 view@0: the job row does not have the hash of the last commit, seq 2"};
       }},
      {"swapped rows of the index",
       [](fixture& f) {
         const auto second = f.row(keys::stream("b", 2));
         f.put(keys::stream("b", 2), f.row(keys::stream("b", 3)));
         f.put(keys::stream("b", 3), second);
       },
       [](const fixture& f) {
         return lines{fmt::format("b/2 view@{}: the commit at {} does not hold seq 2 of job b", f.commits.at("e5"),
                                  f.commits.at("e5")),
                      fmt::format("b/3 view@{}: the commit at {} does not hold seq 3 of job b", f.commits.at("e3"),
                                  f.commits.at("e3")),
                      "b/2 view@" + fmt::format("{}", f.events.at("e3")) +
                          ": an id names seq 2 of job b, which is another event",
                      "b/3 view@" + fmt::format("{}", f.events.at("e5")) +
                          ": an id names seq 3 of job b, which is another event"};
       }},
      {"a missing row of the index", [](fixture& f) { f.put(keys::stream("b", 3), std::nullopt); },
       [](const fixture& f) {
         return lines{"b/3 view@0: the number is missing in the index",
                      fmt::format("b/3 view@{}: an id names seq 3 of job b, which is another event", f.events.at("e5")),
                      "/0 view@0: 21 entries were counted, the view says 22"};
       }},
      {"a row of the index that cannot be read", [](fixture& f) { f.put(keys::stream("e", 2), "?"); },
       [](const fixture& f) {
         return lines{
             "e/2 view@0: a stream row of the view does not decode",
             "e/1 view@0: the number is missing in the index",
             "e/2 view@0: the number is missing in the index",
             "e/2 view@0: an id names seq 2 of job e, which is another event",
             fmt::format("e/1 view@{}: an id names seq 1 of job e, which is another event", f.events.at("makes")),
             "/0 view@0: 20 entries were counted, the view says 22"};
       }},
      {"a number that is in two rows of the index",
       [](fixture& f) {
         const auto key = keys::stream("e", 2);
         f.put(keys::stream("e", 1), encode_single_entry(decode_stream_row(key, f.row(key))->front()));
       },
       [](const fixture&) {
         return lines{"e/1 view@0: the number is twice in the index",
                      "/0 view@0: 23 entries were counted, the view says 22"};
       }},
      {"an extra row of the index", [](fixture& f) { f.put(keys::stream("b", 11), f.row(keys::stream("b", 10))); },
       [](const fixture& f) {
         return lines{"b/11 view@0: the index goes on behind the job's last number",
                      fmt::format("b/11 view@{}: the commit at {} does not hold seq 11 of job b", f.commits.at("e19"),
                                  f.commits.at("e19")),
                      "/0 view@0: 23 entries were counted, the view says 22"};
       }},
      {"a row of the index with another position",
       [](fixture& f) {
         const auto key = keys::stream("b", 3);
         auto place = decode_stream_row(key, f.row(key))->front();
         place.event = f.events["e3"];
         f.put(key, encode_single_entry(place));
       },
       [](const fixture& f) {
         return lines{
             fmt::format("b/3 view@{}: seq 3 of job b is the event at {} in the log, at {} in the view",
                         f.commits.at("e5"), f.events.at("e5"), f.events.at("e3")),
             fmt::format("b/3 view@{}: an id names seq 3 of job b, which is another event", f.events.at("e5"))};
       }},
      {"a job row that says it has no state",
       [](fixture& f) { f.change_row<job_row>(keys::job("a"), [](job_row& row) { row.may_have_states = false; }); },
       [](const fixture&) { return lines{"a/0 view@0: the job row hides state a/feedback"}; }},
      {"a job row with another hash",
       [](fixture& f) { f.change_row<job_row>(keys::job("a"), [](job_row& row) { row.hash ^= 1; }); },
       [](const fixture&) {
         return lines{"a/10 view@0: the job row does not have the hash of the last commit, seq 10"};
       }},
      {"a job row that begins later",
       [](fixture& f) { f.change_row<job_row>(keys::job("a"), [](job_row& row) { row.first_seq = 4; }); },
       [](const fixture&) { return lines{"a/4 view@0: the stream begins at seq 4, where no segment was dropped"}; }},
      {"a job row with another cursor fence and mode",
       [](fixture& f) {
         f.change_row<job_row>(keys::job("a"), [](job_row& row) {
           row.cursors["api"].seq = 3;
           row.fence = 9;
         });
       },
       [](const fixture&) {
         return lines{"a/10 view@0: the job row has fence 9, the log 1",
                      "a/10 view@0: the cursor of source api is not the one of the last commit"};
       }},
      {"a missing job row", [](fixture& f) { f.put(keys::job("d"), std::nullopt); },
       [](const fixture&) {
         return lines{"d/0 view@0: the log has commits of a job that the view does not know",
                      "/0 view@0: 4 jobs were counted, the view says 5"};
       }},
      {"a missing pending row", [](fixture& f) { f.put(keys::pending("c", f.events["waits"]), std::nullopt); },
       [](const fixture& f) {
         const auto at = f.events.at("waits");
         return lines{
             fmt::format("c/0 view@{}: the event at {} waits in the index of ids, but is not pending", at, at),
             fmt::format("c/0 view@{}: the event at {} was accepted, but is neither finished nor pending", at, at),
             "/0 view@0: 1 pending events were counted, the view says 2",
             "/0 view@0: 100 pending bytes were counted, the view says 107"};
       }},
      {"an event that is pending again",
       [](fixture& f) {
         f.put(keys::pending("a", f.events["e8"]), pending_row{100, at(0), "e8", "api", {}}.encode());
       },
       [](const fixture& f) {
         return lines{fmt::format("a/0 view@{}: the event at {} is pending, but finished in the log", f.events.at("e8"),
                                  f.events.at("e8")),
                      "/0 view@0: 3 pending events were counted, the view says 2",
                      "/0 view@0: 207 pending bytes were counted, the view says 107"};
       }},
      {"a pending row without its failed run",
       [](fixture& f) {
         f.change_row<pending_row>(keys::pending("d", f.events["retries"]),
                                   [](pending_row& row) { row.attempts.clear(); });
       },
       [](const fixture& f) {
         return lines{fmt::format("d/0 view@{}: the event at {} has 0 failed runs in the view, 1 in the log",
                                  f.events.at("retries"), f.events.at("retries"))};
       }},
      {"a wrong row of an id",
       [](fixture& f) { f.change_row<event_row>(keys::event("e8", "api"), [](event_row& row) { row.seq = 4; }); },
       [](const fixture& f) {
         return lines{
             fmt::format("a/5 view@{}: event e8 is at seq 4 of job a in the index of ids", f.events.at("e8")),
             fmt::format("a/4 view@{}: an id names seq 4 of job a, which is another event", f.events.at("e8"))};
       }},
      {"a missing row of an id", [](fixture& f) { f.put(keys::event("e8", "api"), std::nullopt); },
       [](const fixture& f) {
         return lines{fmt::format("a/5 view@{}: event e8 is not in the index of ids", f.events.at("e8"))};
       }},
      {"an extra row of an id", [](fixture& f) { f.put(keys::event("e99", "api"), f.row(keys::event("e8", "api"))); },
       [](const fixture& f) {
         return lines{fmt::format("a/5 view@{}: an id names the event at {}, which is another one", f.events.at("e8"),
                                  f.events.at("e8"))};
       }},
      {"an open dead letter that is not listed",
       [](fixture& f) { f.put(keys::open_letter(f.open_letter), std::nullopt); },
       [](const fixture& f) {
         return lines{fmt::format("b/4 view@{}: the index of open dead letters is wrong about {}", f.events.at("e7"),
                                  f.open_letter),
                      "/0 view@0: 0 open dead letters are listed, 1 are open"};
       }},
      {"a dead letter that is open again",
       [](fixture& f) {
         f.change_row<letter_row>(keys::letter(f.closed_letter), [](letter_row& row) { row.letter.state = "open"; });
         f.put(keys::open_letter(f.closed_letter), "");
       },
       [](const fixture& f) {
         return lines{
             fmt::format("b/5 view@{}: dead letter {} is another one in the log", f.events.at("e9"), f.closed_letter),
             "/0 view@0: 2 open dead letters were counted, the view says 1"};
       }},
      {"a missing dead letter",
       [](fixture& f) {
         f.put(keys::letter(f.open_letter), std::nullopt);
         f.put(keys::open_letter(f.open_letter), std::nullopt);
       },
       [](const fixture& f) {
         return lines{fmt::format("b/4 view@{}: dead letter {} is not in the view", f.events.at("e7"), f.open_letter),
                      "/0 view@0: 0 open dead letters were counted, the view says 1"};
       }},
      {"a record that shows an older document", [](fixture& f) { f.put(keys::record("feedback", "k0"), "12"); },
       [](const fixture& f) {
         return lines{
             fmt::format("a/9 view@{}: the view does not show what the commit at {} wrote to record feedback/k0",
                         f.commits.at("e16"), f.commits.at("e16"))};
       }},
      {"a missing state", [](fixture& f) { f.put(keys::state("a", "feedback"), std::nullopt); },
       [](const fixture& f) {
         return lines{
             fmt::format("a/10 view@{}: the view does not show what the commit at {} wrote to state a/feedback",
                         f.commits.at("e18"), f.commits.at("e18"))};
       }},
      {"a record that nobody wrote", [](fixture& f) { f.put(keys::record("feedback", "k9"), "1"); },
       [](const fixture&) { return lines{"/0 view@0: no commit wrote record feedback/k9"}; }},
      {"a missing answer to an idempotency key",
       [](fixture& f) { f.put(keys::answer(std::string(32, 'k')), std::nullopt); },
       [](const fixture& f) {
         const auto at = f.events.at("waits") + f.extent_of(f.events.at("waits"));
         return lines{fmt::format("/0 view@{}: the answer at {} to idempotency key {} is not in the view", at, at,
                                  std::string(32, 'k'))};
       }},
      {"wrong totals",
       [](fixture& f) {
         f.change_row<meta_row>(std::string{keys::meta}, [](meta_row& row) {
           row.jobs = 6;
           row.open_letters = 0;
         });
       },
       [](const fixture&) {
         return lines{"/0 view@0: 5 jobs were counted, the view says 6",
                      "/0 view@0: 1 open dead letters were counted, the view says 0"};
       }},
  };
  return all;
}

/// The same of what leaves the streams, behind `fill_asked`.
const std::vector<injected>& damages_outside() {
  static const auto row = [](std::uint64_t nr) { return outbox_key{"olap", "f", 1, nr}; };
  static const auto due = at(300);
  static const std::vector<injected> all{
      {"a commit that sends an event of another group",
       [](fixture& f) { f.rewrite_commit("asks", [&](commit_record& record) { record.outgoing = {f.fired}; }); },
       [](const fixture& f) {
         const auto at = f.commits.at("asks");
         return lines{fmt::format("f/1 {}@{}: the commit at {} sends the event at {}, which its group does not hold",
                                  f.segment_of(at), at, at, f.fired),
                      "f/1 view@0: the job row does not have the hash of the last commit, seq 1"};
       }},
      {"a sent event that does not wait", [](fixture& f) { f.put(keys::pending("g", f.events["sent"]), std::nullopt); },
       [](const fixture& f) {
         const auto at = f.events.at("sent");
         return lines{
             fmt::format("g/0 view@{}: the event at {} waits in the index of ids, but is not pending", at, at),
             fmt::format("g/0 view@{}: the event at {} was accepted, but is neither finished nor pending", at, at),
             "/0 view@0: 3 pending events were counted, the view says 4",
             "/0 view@0: 121 pending bytes were counted, the view says 134"};
       }},
      {"a missing row for a sink", [](fixture& f) { f.put(keys::outbox(row(1)), std::nullopt); },
       [](const fixture& f) {
         return lines{"/0 view@0: 2 rows for sinks have an age, 1 wait",
                      "/0 view@0: 1 rows wait for sink olap, the view says 2",
                      fmt::format("f/0 view@{}: the commit at {} asked for row olap/f/1/1, which is neither done nor "
                                  "in the view",
                                  f.commits.at("asks"), f.commits.at("asks")),
                      "/0 view@0: 1 rows for sinks were counted, the view says 2"};
       }},
      {"a delivered row that waits again",
       [](fixture& f) {
         f.put(keys::outbox(row(0)), f.row(keys::outbox(row(1))));
         f.put(keys::outbox_age(row(0), at(100)), "");
         f.put(keys::sink("olap"), sink_count{3}.encode());
         f.change_row<meta_row>(std::string{keys::meta}, [](meta_row& meta) { meta.outbox = 3; });
       },
       [](const fixture&) { return lines{"/0 view@0: row olap/f/1/0 waits in the view, but not in the log"}; }},
      {"a row with another text",
       [](fixture& f) {
         f.put(keys::outbox(row(1)), waiting_row{at(100), "21"}.encode());
       },
       [](const fixture& f) {
         return lines{fmt::format("f/0 view@{}: row olap/f/1/1 is another one in the log", f.commits.at("asks"))};
       }},
      {"a row without an age", [](fixture& f) { f.put(keys::outbox_age(row(2), at(100)), std::nullopt); },
       [](const fixture&) {
         return lines{"f/1 view@0: row olap/f/1/2 is not in the index of ages",
                      "/0 view@0: 1 rows for sinks have an age, 2 wait"};
       }},
      {"a sink that is not counted", [](fixture& f) { f.put(keys::sink("olap"), std::nullopt); },
       [](const fixture&) { return lines{"/0 view@0: 2 rows wait for sink olap, which is not in the view"}; }},
      {"a missing timer", [](fixture& f) { f.put(keys::timer(due, "t2"), std::nullopt); },
       [](const fixture& f) {
         return lines{fmt::format("f/0 view@{}: the commit at {} asked for timer t2, which is neither done nor in the "
                                  "view",
                                  f.commits.at("asks"), f.commits.at("asks")),
                      "/0 view@0: 0 timers were counted, the view says 1"};
       }},
      {"a timer that fires earlier",
       [](fixture& f) {
         f.put(keys::timer(at(250), "t2"), f.row(keys::timer(due, "t2")));
         f.put(keys::timer(due, "t2"), std::nullopt);
       },
       [](const fixture& f) {
         return lines{"/0 view@0: timer t2 waits in the view, but not in the log",
                      fmt::format("f/0 view@{}: the commit at {} asked for timer t2, which is neither done nor in the "
                                  "view",
                                  f.commits.at("asks"), f.commits.at("asks"))};
       }},
      {"wrong totals",
       [](fixture& f) { f.change_row<meta_row>(std::string{keys::meta}, [](meta_row& meta) { meta.timers = 7; }); },
       [](const fixture&) { return lines{"/0 view@0: 1 timers were counted, the view says 7"}; }},
  };
  return all;
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(verify_tests, fixture)

CAF_TEST(a sound store passes) {
  fill();
  CAF_CHECK_EQUAL(text_of(findings()), "");
  const auto report = open()->verify({});
  CAF_CHECK_EQUAL(report->jobs, 5U);
  CAF_CHECK_EQUAL(report->entries, 22U);
  CAF_CHECK_EQUAL(report->log_records, 47U);
}

CAF_TEST(every injected damage is found with file position job and number) {
  fill();
  const auto sound = folder.path() / "sound";
  fs::copy(root, sound, fs::copy_options::recursive);
  for (const auto& damage : damages()) {
    fs::remove_all(root);
    fs::copy(sound, root, fs::copy_options::recursive);
    damage.hurt(*this);
    CAF_MESSAGE(damage.name);
    CAF_CHECK_EQUAL(text_of(findings()), text_of(damage.found(*this)));
  }
  CAF_CHECK(damages().size() > 30);
}

CAF_TEST(every damage to sent events rows and timers is found) {
  fill();
  fill_asked();
  CAF_CHECK_EQUAL(text_of(findings()), "");
  const auto sound = folder.path() / "sound";
  fs::copy(root, sound, fs::copy_options::recursive);
  for (const auto& damage : damages_outside()) {
    fs::remove_all(root);
    fs::copy(sound, root, fs::copy_options::recursive);
    damage.hurt(*this);
    CAF_MESSAGE(damage.name);
    CAF_CHECK_EQUAL(text_of(findings()), text_of(damage.found(*this)));
  }
}

CAF_TEST(a page ends in front of a row that cannot be read) {
  fill();
  put(keys::stream("b", 6), "?");
  const auto db = open();
  const auto page = db->stream("b", 4, {1, 1'000'000});
  CAF_REQUIRE(page);
  CAF_REQUIRE_EQUAL(page->entries.size(), 1u);
  CAF_CHECK_EQUAL(page->entries[0].seq, 5u);
  CAF_CHECK(db->stream("b", 4, {2, 1'000'000}).error().code == errc::storage_damaged);
}

CAF_TEST(a run can be stopped) {
  fill();
  int told = 0;
  const auto report = open()->verify([&](std::uint64_t, std::uint64_t) { return ++told < 3; });
  CAF_REQUIRE(!report);
  CAF_CHECK(report.error().code == errc::timed_out);
  CAF_CHECK_EQUAL(told, 3);
}

CAF_TEST(progress goes from nothing to all) {
  fill();
  std::vector<std::uint64_t> seen;
  std::uint64_t total = 0;
  CAF_REQUIRE(open()->verify([&](std::uint64_t done, std::uint64_t of) {
    seen.push_back(done);
    total = of;
    return true;
  }));
  CAF_CHECK(std::is_sorted(seen.begin(), seen.end()));
  CAF_CHECK_EQUAL(seen.back(), total);
  CAF_CHECK(total > 8192);
}

CAF_TEST_FIXTURE_SCOPE_END()
