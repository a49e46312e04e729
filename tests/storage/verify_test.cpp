#define CAF_SUITE storage.verify
#include "storage/embedded_store.hpp"
#include "storage/view.hpp"
#include "storage/view_keys.hpp"
#include "storage/view_rows.hpp"
#include "storage_damage.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

struct fixture {
  scratch_directory folder;
  log_position handled = 0; ///< of an event of job "a"
  log_position waiting = 0;
  std::string letter;

  embedded_options options() const {
    embedded_options opts;
    opts.directory = folder.path() / "store";
    opts.segment_bytes = 4096;
    opts.disk_floor_bytes = 0;
    opts.sync = false;
    return opts;
  }

  std::unique_ptr<embedded_store> open() const {
    auto made = embedded_store::open(options(), at(0), {1, 2, 3});
    if (!made)
      CAF_FAIL("the store does not open: " << made.error().detail);
    return *std::move(made);
  }

  void fill() {
    const auto db = open();
    for (int i = 0; i < 20; ++i) {
      const auto body = append(*db, sample_event(i % 2 == 0 ? "a" : "b", fmt::format("e{}", i), std::string(100, '1')));
      const auto last = static_cast<sequence>(i / 2);
      CAF_REQUIRE(commit(*db, i == 7 ? death_of(body, last) : commit_of({body}, last)));
      handled = i == 8 ? body->position : handled;
      letter = i == 7 ? dead_letter_id(body->position) : letter;
    }
    waiting = append(*db, sample_event("c", "waits"))->position;
    CAF_REQUIRE(db->close());
  }

  /// Changes the view behind the store's back.
  void change(const std::function<void(const view&, staged_rows&)>& how) const {
    auto rows = view::open(options().directory / "view", view::access::read_write);
    CAF_REQUIRE(rows);
    staged_rows changes;
    how(**rows, changes);
    CAF_REQUIRE((*rows)->apply(changes));
    CAF_REQUIRE((*rows)->close());
  }

  template <class Row>
  void change_row(const std::string& key, const std::function<void(Row&)>& how) const {
    change([&](const view& rows, staged_rows& changes) {
      const auto bytes = rows.get(key);
      CAF_REQUIRE(bytes && *bytes);
      auto row = Row::decode(**bytes);
      CAF_REQUIRE(row);
      how(*row);
      changes[key] = row->encode();
    });
  }

  /// "job/seq: what" of every finding.
  std::vector<std::string> findings() const {
    const auto report = open()->verify({});
    CAF_REQUIRE(report);
    std::vector<std::string> lines;
    for (const auto& found : report->findings)
      lines.push_back(fmt::format("{}/{}: {}", found.job, found.seq, found.what));
    return lines;
  }
};

bool holds(const std::vector<std::string>& lines, const std::string& wanted) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(wanted) != std::string::npos; });
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(verify_tests, fixture)

CAF_TEST(a sound store passes) {
  fill();
  const auto report = open()->verify({});
  CAF_REQUIRE(report);
  CAF_CHECK(report->findings.empty());
  CAF_CHECK_EQUAL(report->jobs, 3U);
  CAF_CHECK_EQUAL(report->entries, 20U);
  CAF_CHECK_EQUAL(report->log_records, 41U);
}

CAF_TEST(a flipped bit in the log is found with file and number) {
  fill();
  flip_log(options().directory, handled + 40);
  const auto lines = findings();
  CAF_CHECK(holds(lines, ".log, positions"));
  CAF_CHECK(holds(lines, fmt::format("a/5: the record at {} fails its checksum", handled)));
  CAF_CHECK_EQUAL(lines.size(), 2U);
}

CAF_TEST(a missing index row is found by its number) {
  fill();
  change([](const view&, staged_rows& changes) { changes[keys::stream("b", 3)] = std::nullopt; });
  const auto lines = findings();
  CAF_CHECK(holds(lines, "b/3: the number is missing in the index"));
  CAF_CHECK(holds(lines, "19 entries were counted, the view says 20"));
  CAF_CHECK_EQUAL(lines.size(), 2U);
}

CAF_TEST(an index row that names another event is found) {
  fill();
  change(
      [](const view& rows, staged_rows& changes) { changes[keys::stream("b", 3)] = *rows.get(keys::stream("b", 2)); });
  const auto lines = findings();
  CAF_CHECK(holds(lines, "does not hold seq 3 of job b"));
  CAF_CHECK_EQUAL(lines.size(), 1U);
}

CAF_TEST(a job row that stands elsewhere is found) {
  fill();
  change_row<job_row>(keys::job("a"), [](job_row& row) { row.hash ^= 1; });
  const auto lines = findings();
  CAF_CHECK(holds(lines, "a/10: the job row stands at"));
  CAF_CHECK_EQUAL(lines.size(), 1U);
}

CAF_TEST(an event that is neither pending nor finished is found) {
  fill();
  change([this](const view&, staged_rows& changes) { changes[keys::pending("c", waiting)] = std::nullopt; });
  const auto lines = findings();
  CAF_CHECK(holds(lines, fmt::format("c/0: the event at {} was accepted, but is neither", waiting)));
  CAF_CHECK(holds(lines, "0 pending events were counted, the view says 1"));
  CAF_CHECK(holds(lines, "0 pending bytes were counted"));
  CAF_CHECK_EQUAL(lines.size(), 3U);
}

CAF_TEST(an event that is pending again is found) {
  fill();
  change([this](const view&, staged_rows& changes) {
    changes[keys::pending("a", handled)] = pending_row{100, at(0), "e8", "api", {}}.encode();
  });
  const auto lines = findings();
  CAF_CHECK(holds(lines, fmt::format("a/0: the event at {} is pending, but finished in the log", handled)));
  CAF_CHECK(holds(lines, "2 pending events were counted"));
}

CAF_TEST(a wrong row of an id is found) {
  fill();
  change_row<event_row>(keys::event("e8", "api"), [](event_row& row) { row.seq = 4; });
  const auto lines = findings();
  CAF_CHECK(holds(lines, "a/5: event e8 is at seq 4"));
  CAF_CHECK_EQUAL(lines.size(), 1U);
}

CAF_TEST(a dead letter that is listed wrongly is found) {
  fill();
  change([this](const view&, staged_rows& changes) { changes[keys::open_letter(letter)] = std::nullopt; });
  const auto lines = findings();
  CAF_CHECK(holds(lines, "b/4: the index of open dead letters is wrong"));
  CAF_CHECK_EQUAL(lines.size(), 1U);
}

CAF_TEST(a wrong counter is found) {
  fill();
  change_row<meta_row>(std::string{keys::meta}, [](meta_row& row) { row.jobs = 4; });
  const auto lines = findings();
  CAF_CHECK(holds(lines, "3 jobs were counted, the view says 4"));
  CAF_CHECK_EQUAL(lines.size(), 1U);
}

CAF_TEST_FIXTURE_SCOPE_END()
