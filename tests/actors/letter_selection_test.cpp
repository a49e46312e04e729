#define CAF_SUITE actors.letter_selection
#include "actors/letter_selection.hpp"

#include "domain/dead_letter.hpp"
#include "storage/memory_store.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::actors;
using namespace std::chrono_literals;

namespace {

const timestamp now{std::chrono::seconds{1'000'000'000}};

/// A store with letters, each of an event of its own.
struct letters {
  storage::memory_store store;
  std::map<job_id, sequence> last;

  /// Appends first and kills then, so that numbers may go against positions.
  log_position append(const job_id& job) {
    storage::append_request request;
    request.accepted_at = now;
    event body;
    body.job = job;
    body.type = "t";
    body.source = "s";
    body.id = std::to_string(++ids);
    request.events = {body};
    storage::write_batch batch;
    batch.appends = {request};
    return (*store.write(batch)->appends[0]).items[0].position;
  }

  void kill(const job_id& job, log_position position) {
    const auto body = [&] {
      const auto page = store.pending(job, 0, {});
      for (const auto& waiting : page->events)
        if (waiting.body->position == position)
          return waiting.body;
      return event_ptr{};
    }();
    storage::job_commit commit;
    commit.job = job;
    commit.finished = {position};
    stream_entry entry;
    entry.seq = ++last[job];
    entry.kind = entry_kind::dead;
    entry.body = body;
    commit.entries = {entry};
    dead_letter letter;
    letter.id = dead_letter_id(position);
    letter.position = position;
    letter.job = job;
    letter.seq = entry.seq;
    letter.event_type = "t";
    letter.died_at = now;
    commit.dead_letters = {letter};
    storage::write_batch batch;
    batch.commits = {commit};
    CAF_REQUIRE(store.write(batch)->commits[0]);
  }

  int ids = 0;
};

std::string order_of(const letter_selection& of) {
  std::string out;
  for (const auto& turn : of.turns)
    out += (out.empty() ? "" : " ") + std::to_string(turn.position);
  return out;
}

letter_request all_open() {
  letter_request out;
  out.filter = *letter_filter({}, now);
  return out;
}

} // namespace

CAF_TEST(letters of one job come by number while jobs keep their places) {
  letters some;
  const auto a1 = some.append("a");
  const auto b1 = some.append("b");
  const auto a2 = some.append("a");
  const auto a3 = some.append("a");
  for (const auto position : {a3, a1, a2})
    some.kill("a", position);
  some.kill("b", b1);
  const auto got = select_letters(some.store, all_open());
  CAF_REQUIRE(got);
  CAF_CHECK_EQUAL(order_of(*got), "4 2 1 3"); // a b a a, and of a: a3 a1 a2
  CAF_CHECK_EQUAL(got->turns[0].job, got->turns[2].job);
  CAF_CHECK(got->turns[0].job != got->turns[1].job);
  CAF_CHECK(got->complete);
}

CAF_TEST(a limit cuts off and says so) {
  letters some;
  for (int i = 0; i < 3; ++i)
    some.kill("a", some.append("a"));
  auto wanted = all_open();
  for (const auto& [limit, complete] : {std::pair{2U, false}, {3U, true}, {4U, true}}) {
    wanted.limit = limit;
    const auto got = select_letters(some.store, wanted);
    CAF_REQUIRE(got);
    CAF_CHECK_EQUAL(got->turns.size(), std::min<std::size_t>(limit, 3));
    CAF_CHECK_EQUAL(got->complete, complete);
  }
}

CAF_TEST(many pages are one selection) {
  letters some;
  for (int i = 0; i < 1'203; ++i)
    some.kill("a", some.append("a"));
  const auto got = select_letters(some.store, all_open());
  CAF_REQUIRE(got);
  CAF_CHECK_EQUAL(got->turns.size(), 1'203u);
  CAF_CHECK_EQUAL(got->sample.size(), 20u);
}

CAF_TEST(a filter is parameters or one text and both together) {
  const auto filter = letter_filter({{"job", "a"}, {"q", "code:late since:1h state:all"}, {"until", "30m"}}, now);
  CAF_REQUIRE(filter);
  CAF_CHECK_EQUAL(filter->job, "a");
  CAF_CHECK_EQUAL(filter->code, "late");
  CAF_CHECK_EQUAL(filter->state, "");
  CAF_CHECK(filter->since == now - 1h);
  CAF_CHECK(filter->until == now - 30min);
  CAF_CHECK(filter->discarded_since == now - 24h);
  CAF_CHECK_EQUAL(letter_filter({{"limit", "5"}, {"cursor", "x"}}, now)->state, "open");
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"state", "closed"}, {"since", "soon"}, {"q", "limit:5"}, {"until", "1"}})
    CAF_CHECK(letter_filter({{name, value}}, now).error().code == errc::bad_request);
}

CAF_TEST(the body of a bulk action has usual values) {
  const auto plain = read_letter_request(R"({"filter":{}})", now);
  CAF_REQUIRE(plain);
  CAF_CHECK(!plain->dry_run);
  CAF_CHECK(!plain->expect_count);
  CAF_CHECK_EQUAL(plain->limit, usual_letters);
  CAF_CHECK_EQUAL(plain->rate.text(), "100/s");
  const auto full =
      read_letter_request(R"({"ids":["x","y","x"],"dryRun":true,"expectCount":3,"rate":"7/m","limit":100000})", now);
  CAF_REQUIRE(full);
  CAF_CHECK(full->ids == std::vector<std::string>({"x", "y"})); // a letter has one turn
  CAF_CHECK(full->dry_run);
  CAF_CHECK_EQUAL(*full->expect_count, 3u);
  CAF_CHECK_EQUAL(full->rate.text(), "7/m");
  CAF_CHECK_EQUAL(full->limit, most_letters);
}
