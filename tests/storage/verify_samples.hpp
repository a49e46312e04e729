#pragma once

#include "storage/embedded_store.hpp"
#include "storage/log_reader.hpp"
#include "storage/stream_row.hpp"
#include "storage/view.hpp"
#include "storage/view_keys.hpp"
#include "storage/view_rows.hpp"
#include "storage_damage.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <functional>
#include <map>

/// A store with some of everything, ways to damage it, and what verify says.
namespace weir::storage::samples {

namespace fs = std::filesystem;

/// A store of four jobs: "a" has records, a state, a cursor and emitted
/// events, "b" a dead letter and a discarded one, "c" waits, "d" waits after a
/// failed run. Three segments or more.
struct verified_fixture {
  scratch_directory folder;
  const fs::path root = folder.path() / "store";
  std::map<std::string, log_position> events;  ///< by id
  std::map<std::string, log_position> commits; ///< by id of the first event
  std::string open_letter, closed_letter;

  embedded_options options(std::uint64_t retention = 0) const {
    return small_store(root, retention);
  }

  std::unique_ptr<embedded_store> open(std::uint64_t retention = 0) const {
    auto made = embedded_store::open(options(retention), at(0), {1, 2, 3});
    if (!made)
      CAF_FAIL("the store does not open: " << made.error().detail);
    return *std::move(made);
  }

  event_ptr accept(store& db, const job_id& job, const std::string& id) {
    auto body = append(db, sample_event(job, id, std::string(100, '1')));
    CAF_REQUIRE(body != nullptr);
    events[id] = body->position;
    return body;
  }

  void keep(store& db, job_commit wanted, const std::string& id) {
    // A commit of its own lies behind the group header.
    commits[id] = db.stats().head + group_header_bytes;
    CAF_REQUIRE(commit(db, std::move(wanted)));
  }

  void fill() {
    const auto db = open();
    for (int i = 0; i < 20; ++i) {
      const auto id = fmt::format("e{}", i);
      const auto body = accept(*db, i % 2 == 0 ? "a" : "b", id);
      const auto seq = static_cast<sequence>(i / 2);
      if (i == 7 || i == 9) {
        keep(*db, death_of(body, seq), id);
        (i == 7 ? open_letter : closed_letter) = dead_letter_id(body->position);
        continue;
      }
      auto wanted = commit_of({body}, seq);
      if (i % 2 == 0) {
        wanted.records = {{"feedback", fmt::format("k{}", i % 4), fmt::format("{}", i)}};
        wanted.states = {{"feedback", fmt::format(R"({{"n":{}}})", i)}};
        wanted.cursors["api"] = {true, seq + 1, {}};
      }
      keep(*db, std::move(wanted), id);
    }
    write_batch more;
    more.discards.push_back({closed_letter, at(5)});
    more.appends.push_back(request_of({sample_event("c", "waits")}, 3));
    more.appends.back().once = idempotency{std::string(32, 'k'), std::string(32, 'f')};
    events["waits"] = db->write(more)->appends[0]->items[0].position;
    job_commit retry;
    retry.job = "d";
    retry.attempts = {{accept(*db, "d", "retries")->position, sample_run(1, "retry")}};
    retry.expected_last = 0;
    keep(*db, retry, "retries");
    const auto made = accept(*db, "e", "makes");
    auto emits = commit_of({made}, 0);
    emits.entries.push_back(emitted_entry("e", "made", 2, 1));
    keep(*db, emits, "makes");
    CAF_REQUIRE(db->close());
  }

  /// Behind `fill`: an event "asks" of job "f" that sends "sent" to job "g", sets
  /// the timers "t1" and "t2", and has three rows for sink "olap". One of each
  /// is fired and delivered.
  void fill_asked() {
    const auto db = open();
    const auto cause = accept(*db, "f", "asks");
    auto wanted = commit_of({cause}, 0);
    wanted.outgoing = {sent_event_of(cause, "g", "sent")};
    wanted.rows = {{"olap", 1, "10"}, {"olap", 1, "20"}, {"olap", 1, "30"}};
    wanted.timers = {timer_of(cause, "t1", 200), timer_of(cause, "t2", 300)};
    events["sent"] = db->stats().head + group_header_bytes;
    const auto done = commit(*db, wanted);
    CAF_REQUIRE(done);
    commits["asks"] = events["sent"] + record_extent(encode_event(done->outgoing[0]->body, wanted.at).size());
    fired = db->stats().head + group_header_bytes;
    CAF_REQUIRE(fire(*db, 200, "t1", 201) != nullptr);
    CAF_REQUIRE_EQUAL(deliver(*db, {{"olap", "f", 1, 0}}), 1u);
    CAF_REQUIRE(db->close());
  }
  log_position fired = 0; ///< of the event of "t1"

  // -- damage ------------------------------------------------------------------------

  /// Changes the view behind the store's back.
  void change(const std::function<void(const view&, staged_rows&)>& how) const {
    auto rows = view::open(root / "view", view::access::read_write);
    CAF_REQUIRE(rows);
    staged_rows changes;
    how(**rows, changes);
    CAF_REQUIRE((*rows)->apply(changes));
    CAF_REQUIRE((*rows)->close());
  }
  void put(const std::string& key, std::optional<std::string> value) const {
    change([&](const view&, staged_rows& changes) { changes[key] = std::move(value); });
  }
  std::string row(const std::string& key) const {
    const auto rows = view::open(root / "view", view::access::read_only);
    const auto found = (*rows)->get(key);
    CAF_REQUIRE(found && *found);
    return **found;
  }
  template <class Row>
  void change_row(const std::string& key, const std::function<void(Row&)>& how) const {
    auto changed = *Row::decode(row(key));
    how(changed);
    put(key, changed.encode());
  }

  /// Writes a record anew, with a right checksum: damage that only meaning shows.
  void rewrite(log_position position, record_type type,
               const std::function<std::string(const std::string&)>& how) const {
    const log_reader log{std::make_shared<segment_table>(list_segments(root / "log")->sound)};
    const auto before = *log.body(position, type);
    const auto after = how(before);
    CAF_REQUIRE_EQUAL(after.size(), before.size());
    const auto [path, offset] = place_of(root, position);
    overwrite(path, offset, encode_record(type, position, after));
  }
  void rewrite_commit(const std::string& id, const std::function<void(commit_record&)>& how) const {
    rewrite(commits.at(id), record_type::commit, [&](const std::string& body) {
      auto record = *decode_commit(body);
      how(record);
      return encode_commit(record.what, record.last_before, record.previous_hash, record.hash, record.outgoing);
    });
  }

  std::size_t size_of(log_position position) const {
    const log_reader log{std::make_shared<segment_table>(list_segments(root / "log")->sound)};
    return log.body(position, record_type::event)->size();
  }
  std::uint64_t extent_of(log_position position) const {
    return record_extent(size_of(position));
  }
  /// An event whose record ends with a filling.
  log_position padded_event() const {
    for (const auto& [id, position] : events)
      if (extent_of(position) > record_header_bytes + size_of(position))
        return position;
    CAF_FAIL("no record is filled up");
    return 0;
  }

  // -- what is found --------------------------------------------------------------------

  /// "job/seq file@position: what" of every finding, names of files alone.
  std::vector<std::string> findings(std::uint64_t retention = 0) const {
    const auto report = open(retention)->verify({});
    if (!report)
      CAF_FAIL("verify: " << report.error().detail);
    CAF_CHECK_EQUAL(report->found, report->findings.size());
    std::vector<std::string> lines;
    for (const auto& found : report->findings)
      lines.push_back(fmt::format("{}/{} {}@{}: {}", found.job, found.seq, fs::path{found.file}.filename().string(),
                                  found.position, found.what));
    return lines;
  }

  std::string segment_of(log_position position) const {
    return place_of(root, position).first.filename().string();
  }
};

inline std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines)
    text += line + "\n";
  return text;
}

} // namespace weir::storage::samples
