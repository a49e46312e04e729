#define CAF_SUITE storage.view_digest
#include "storage/view_digest.hpp"

#include "storage/byte_codec.hpp"
#include "storage/record_codec.hpp"
#include "storage/store_rules.hpp"
#include "storage/stream_row.hpp"
#include "support/weir_test.hpp"
#include "verify_samples.hpp"

#include <fmt/format.h>

#include <set>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

using sorted_rows = std::map<std::string, std::string>;

struct fixture : verified_fixture {
  /// Everything in the view on disk, whoever's it is.
  sorted_rows all_rows() const {
    const auto rows = view::open(root / "view", view::access::read_only);
    CAF_REQUIRE(rows);
    sorted_rows found;
    CAF_REQUIRE(view::reader{**rows}.scan("", "", [&](std::string_view key, std::string_view value) {
      found.emplace(key, value);
      return true;
    }));
    return found;
  }

  sorted_rows all_stream_rows() const {
    auto rows = all_rows();
    std::erase_if(rows, [](const auto& row) { return !row.first.starts_with(keys::all_stream); });
    return rows;
  }

  /// Position and digest as verify tells them.
  std::pair<log_position, std::string> verified(std::uint64_t retention = 0) const {
    const auto report = open(retention)->verify({});
    CAF_REQUIRE(report);
    CAF_CHECK_EQUAL(report->found, 0u);
    CAF_CHECK_EQUAL(report->digest.size(), 32u);
    return {report->position, report->digest};
  }

  void lose_view() const {
    fs::remove_all(root / "view");
  }
};

std::string digest(const sorted_rows& rows) {
  const auto made = view::open("rows", view::access::in_memory);
  CAF_REQUIRE(made);
  staged_rows staged;
  for (const auto& [key, value] : rows)
    staged[key].value = value;
  CAF_REQUIRE((*made)->apply(staged));
  const auto found = digest_of(
      view::reader{**made}, [](auto, auto) { return false; }, [] { return true; });
  CAF_REQUIRE(found);
  return found->hash;
}

void add_answer(sorted_rows& rows, const std::string& key, std::int64_t seconds) {
  answer_record answer;
  answer.once = {key, std::string(32, 'f')};
  answer.at = at(seconds);
  rows[keys::answer(key)] = encode_answer(answer);
  rows[keys::answer_time(answer.at, key)] = "";
}

} // namespace

CAF_TEST_FIXTURE_SCOPE(view_digest_tests, fixture)

CAF_TEST(a lost view is rebuilt from the log to the same digest) {
  fill();
  const auto before = verified();
  lose_view();
  CAF_CHECK(open()->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(verified(), before);
}

CAF_TEST(a view that is lost after retention is rebuilt from base and log to the same digest) {
  fill();
  const std::uint64_t limit = 8'000;
  {
    const auto db = open(limit);
    CAF_REQUIRE(db->trim(at(0))->dropped_segments > 0);
    auto body = accept(*db, "late", "behind-the-base");
    CAF_REQUIRE(commit(*db, commit_of({body}, 0)));
    accept(*db, "late", "waits-behind-the-base");
    CAF_REQUIRE(db->close());
  }
  const auto before = verified(limit);
  lose_view();
  CAF_CHECK(open(limit)->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(verified(limit), before);
}

CAF_TEST(a view of which the log knows more is brought to the same digest) {
  fill();
  const auto before = verified();
  fs::copy(root / "view", folder.path() / "older", fs::copy_options::recursive);
  {
    const auto db = open();
    CAF_REQUIRE(commit(*db, commit_of({accept(*db, "late", "new")}, 0)));
    CAF_REQUIRE(db->close());
  }
  const auto after = verified();
  CAF_CHECK_NOT_EQUAL(after, before);
  lose_view();
  fs::rename(folder.path() / "older", root / "view");
  CAF_CHECK(!open()->recovery().rebuilt_view);
  CAF_CHECK_EQUAL(verified(), after);
}

CAF_TEST(a view of before with a row for each entry reads the same and has the same digest) {
  fill();
  const auto before = verified();
  const auto read = [&](sequence behind) {
    const auto page = open()->stream("e", behind, {});
    CAF_REQUIRE(page);
    std::vector<std::string> ids;
    for (const auto& entry : page->entries)
      ids.push_back(fmt::format("{} {}", entry.seq, entry.body->body.id));
    return ids;
  };
  CAF_CHECK(read(0) == (std::vector<std::string>{"1 makes", "2 made"}));
  CAF_CHECK(read(1) == (std::vector<std::string>{"2 made"}));
  std::size_t shared = 0;
  change([&](const view&, staged_rows& changes) {
    for (const auto& [key, value] : all_stream_rows()) {
      const auto places = *decode_stream_row(key, value);
      shared += places.size() > 1 ? 1 : 0;
      for (const auto& place : places)
        changes[keys::stream(keys::split(key)->job, place.seq)].value = encode_single_entry(place);
    }
    for (const auto& [key, value] : all_rows())
      if (key.starts_with(keys::all_jobs))
        changes[key].value = value.substr(0, value.size() - 1); // without the flag behind the cursors
    auto meta = all_rows().at(std::string{keys::meta});
    std::string version;
    encoder{version}.u32(2);
    changes[std::string{keys::meta}].value = meta.replace(0, version.size(), version);
  });
  CAF_CHECK_EQUAL(shared, 1u);
  CAF_CHECK(read(0) == (std::vector<std::string>{"1 makes", "2 made"}));
  CAF_CHECK(read(1) == (std::vector<std::string>{"2 made"}));
  CAF_CHECK_EQUAL(open()->find_event("made", {})->seq, 2u);
  CAF_CHECK_EQUAL(open()->load_job("a")->states.size(), 1u);
  CAF_CHECK_EQUAL(verified(), before);
}

CAF_TEST(every row counts with key and value) {
  fill();
  const auto rows = all_rows();
  const auto whole = digest(rows);
  std::set<char> kinds;
  for (const auto& [key, value] : rows) {
    kinds.insert(key.front());
    auto without = rows;
    without.erase(key);
    if (digest(without) == whole)
      CAF_ERROR("the digest is the same without " << keys::readable(key));
    auto other = rows;
    other[key] += "x";
    if (digest(other) == whole)
      CAF_ERROR("the digest is the same with another " << keys::readable(key));
  }
  // Meta, jobs, states, streams, pending, ids, records, letters, open ones, answers and their times.
  CAF_CHECK_EQUAL(std::string(kinds.begin(), kinds.end()), "Sdeijmoprst");
}

CAF_TEST(answers that expired count neither with nor without their rows) {
  sorted_rows rows;
  add_answer(rows, std::string(32, 'n'), 1'000'000);
  const auto whole = digest(rows);
  const auto day = std::chrono::duration_cast<std::chrono::seconds>(idempotency_window).count();
  auto more = rows;
  add_answer(more, std::string(32, 'o'), 1'000'000 - day - 60);
  CAF_CHECK_EQUAL(digest(more), whole);
  add_answer(more, std::string(32, 'y'), 1'000'000 - 60);
  CAF_CHECK_NOT_EQUAL(digest(more), whole);
}

CAF_TEST(rows that may be there or not do not count) {
  fill();
  const auto rows = view::open(root / "view", view::access::read_only);
  const view::reader now{**rows};
  const auto go_on = [] { return true; };
  const auto all = *digest_of(
      now, [](auto, auto) { return false; }, go_on);
  const auto fewer = *digest_of(
      now, [](std::string_view key, auto) { return key.starts_with(keys::all_events); }, go_on);
  CAF_CHECK(fewer.rows < all.rows);
  CAF_CHECK_NOT_EQUAL(fewer.hash, all.hash);
}

CAF_TEST(it can be stopped) {
  fill();
  const auto rows = view::open(root / "view", view::access::read_only);
  const auto stopped = digest_of(
      view::reader{**rows}, [](auto, auto) { return false; }, [] { return false; });
  CAF_REQUIRE(!stopped);
  CAF_CHECK_EQUAL(stopped.error().code, errc::timed_out);
}

CAF_TEST(a damaged store has no digest) {
  fill();
  put(keys::record("feedback", "k0"), "\"changed\"");
  const auto report = *open()->verify({});
  CAF_CHECK(report.found > 0);
  CAF_CHECK_EQUAL(report.digest, "");
}

CAF_TEST_FIXTURE_SCOPE_END()
