#define CAF_SUITE storage.store_model
#include "storage/embedded_store.hpp"
#include "storage/memory_store.hpp"
#include "storage_samples.hpp"
#include "support/weir_test.hpp"

#include <functional>
#include <random>

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

namespace {

/// Drives a store with random batches. Its choices depend on the seed and on
/// the store's answers alone, so two stores that answer alike keep in step.
class random_driver {
public:
  explicit random_driver(unsigned seed) : random_(seed) {}

  /// Writes one batch. @returns what was answered, without positions.
  std::string step(store& db) {
    now_ += below(6) == 0 ? below(20) * 3600 : below(60);
    write_batch batch;
    for (auto left = below(3); left > 0; --left)
      batch.appends.push_back(random_request(db));
    for (auto left = below(4); left > 0; --left)
      batch.commits.push_back(random_commit(db));
    if (below(6) == 0)
      batch.discards.push_back({random_letter(db), at(now_), below(3) == 0});
    add_timers_and_rows(db, batch);
    const auto done = db.write(batch);
    if (!done)
      return done.error().detail;
    std::string text;
    for (const auto& answer : done->appends)
      text += answer ? text_of_answer(*answer) : fmt::format("[refused {}]", code_of(answer.error()));
    for (const auto& answer : done->commits)
      text += answer ? fmt::format("[last {}{}]", answer->last, ids_of(answer->outgoing))
                     : fmt::format("[refused {}]", code_of(answer.error()));
    for (const auto& answer : done->discards)
      text += answer ? "[discarded]" : fmt::format("[refused {}]", code_of(answer.error()));
    for (const auto& answer : done->fired)
      text += text_of_fired(answer);
    for (const auto& answer : done->delivered)
      text += text_of_delivered(answer);
    return text;
  }

  /// Timers that became events.
  [[nodiscard]] int fired() const noexcept {
    return fired_;
  }

  /// Rows that were taken out.
  [[nodiscard]] std::uint64_t delivered() const noexcept {
    return delivered_;
  }

private:
  std::int64_t below(std::int64_t bound) {
    return static_cast<std::int64_t>(random_() % static_cast<unsigned>(bound));
  }
  static int code_of(const error& why) {
    return static_cast<int>(why.code);
  }
  std::string random_job() {
    return fmt::format("job{}", below(4));
  }

  std::string text_of_fired(const result<event_ptr>& answer) {
    if (!answer)
      return "[refused]";
    fired_ += *answer ? 1 : 0;
    return *answer ? "[fired " + (*answer)->body.id + "]" : "[not fired]";
  }

  std::string text_of_delivered(const result<std::uint64_t>& answer) {
    if (!answer)
      return "[refused]";
    delivered_ += *answer;
    return fmt::format("[delivered {}]", *answer);
  }

  static std::string ids_of(const std::vector<event_ptr>& events) {
    std::string text;
    for (const auto& one : events)
      text += " >" + one->body.id;
    return text;
  }

  /// Due timers, some twice, and rows that wait, or do not.
  void add_timers_and_rows(const store& db, write_batch& batch) {
    const auto page = db.timers(at(now_), 100);
    if (page)
      for (const auto& one : page->due)
        for (auto times = below(3); times > 0; --times)
          batch.fired.push_back({one.due, one.body.id, at(now_)});
    const auto rows = db.outbox({fmt::format("sink{}", below(2)), "", 0, 0}, static_cast<std::size_t>(below(5)));
    if (!rows || below(2) == 0)
      return;
    auto& request = batch.delivered.emplace_back();
    for (const auto& row : rows->rows)
      request.rows.push_back(row.key);
    if (below(3) == 0)
      request.rows.push_back({"sink0", "job0", 1, 0});
  }

  /// What a handler of `cause`, at `seq`, may ask for outside of its stream.
  void add_asked(job_commit& commit, const event_ptr& cause, sequence seq) {
    if (below(3) == 0)
      commit.outgoing.push_back(sent_event_of(cause, random_job(), fmt::format("e{}", below(40))));
    for (auto left = below(3); left > 0; --left)
      commit.rows.push_back({fmt::format("sink{}", below(2)), seq, fmt::format("{}", now_)});
    if (below(3) == 0)
      commit.timers.push_back(timer_of(cause, fmt::format("e{}", below(40)), now_ + below(200)));
  }

  static std::string text_of_answer(const append_result& answer) {
    std::string text = answer.replayed ? "[again" : "[";
    for (const auto& item : answer.items)
      text += fmt::format(" {}:{}:{}:{}", static_cast<int>(item.outcome), item.id, item.job, item.seq);
    return text + "]";
  }

  std::string random_letter(const store& db) {
    const auto page = db.dead_letters({}, "", 1000);
    if (!page || page->letters.empty() || below(10) == 0)
      return "dl_unknown";
    return page->letters[static_cast<std::size_t>(below(static_cast<std::int64_t>(page->letters.size())))].id;
  }

  append_request random_request(const store& db) {
    append_request request;
    request.accepted_at = at(now_);
    for (auto left = below(4); left > 0; --left) {
      auto body = sample_event(random_job(), fmt::format("e{}", below(40)), std::string(1 + below(300), '5'));
      body.source = below(3) == 0 ? "other" : "api";
      request.events.push_back(std::move(body));
    }
    if (below(5) == 0)
      request.once = idempotency{fmt::format("key{}", below(4)), fmt::format("print{}", below(2))};
    if (below(6) == 0)
      request.replay_of = random_letter(db);
    return request;
  }

  job_commit random_commit(const store& db) {
    job_commit commit;
    commit.job = random_job();
    commit.at = at(now_);
    commit.fence = static_cast<std::uint64_t>(below(30) == 0 ? 1 + below(3) : 3);
    const auto job = db.load_job(commit.job);
    auto last = job ? job->last_seq : 0;
    if (below(2) == 0)
      commit.expected_last = last + (below(15) == 0 ? 1 : 0);
    const auto page = db.pending(commit.job, 0, {static_cast<std::size_t>(1 + below(4)), 1 << 20});
    if (page)
      for (const auto& waiting : page->events)
        add_event(commit, waiting.body, last);
    if (below(4) == 0)
      commit.records.push_back({"feedback", fmt::format("k{}", below(5)), fmt::format("{}", now_)});
    if (below(4) == 0)
      commit.states.emplace_back(fmt::format("h{}", below(2)), below(3) == 0 ? "" : fmt::format("{}", now_));
    if (below(4) == 0)
      commit.cursors[fmt::format("s{}", below(2))] = {true, static_cast<std::uint64_t>(now_), {{1, 2}}};
    if (below(10) == 0)
      commit.mode = static_cast<job_mode>(below(3));
    if (below(25) == 0 && !commit.finished.empty())
      commit.finished.push_back(commit.finished.front());
    return commit;
  }

  void add_event(job_commit& commit, const event_ptr& body, sequence& last) {
    switch (below(6)) {
    case 0:
      commit.attempts.emplace_back(body->position, sample_run(static_cast<std::uint32_t>(now_), "retry"));
      return;
    case 1:
      commit.finished.push_back(body->position);
      return;
    case 2:
      commit.entries.push_back(entry_of(body, ++last, entry_kind::dead));
      commit.dead_letters.push_back(letter_of(body, last));
      break;
    case 3:
      commit.entries.push_back(entry_of(body, ++last));
      commit.entries.push_back(emitted_entry(commit.job, "from-" + body->body.id, last + 1, 1));
      ++last;
      break;
    default:
      commit.entries.push_back(entry_of(body, ++last));
      add_asked(commit, body, last);
    }
    commit.finished.push_back(body->position);
  }

  std::mt19937 random_;
  std::int64_t now_ = 0;
  int fired_ = 0;
  std::uint64_t delivered_ = 0;
};

/// All answers without what may differ: positions, hashes, ids made of them.
std::string comparable(const store& db) {
  std::string text;
  const auto jobs = db.jobs("", 1000);
  CAF_REQUIRE(jobs);
  for (const auto& listed : jobs->jobs) {
    auto job = *db.load_job(listed.job);
    job.hash = 0;
    text += text_of(job) + "\n";
    const auto page = db.stream(listed.job, 0, {100'000, std::size_t{1} << 30});
    CAF_REQUIRE(page);
    for (const auto& entry : page->entries)
      text += fmt::format(" {} {} {} {}\n", entry.seq, static_cast<int>(entry.kind),
                          entry.body ? entry.body->body.id + entry.body->body.payload : "", text_of(entry.runs));
    const auto waiting = db.pending(listed.job, 0, {100'000, std::size_t{1} << 30});
    CAF_REQUIRE(waiting);
    for (const auto& one : waiting->events)
      text += fmt::format(" waits {} {} {}\n", one.body->body.id, one.body->body.replayed, text_of(one.attempts));
  }
  for (int i = 0; i < 80; ++i) {
    const auto id = fmt::format("{}e{}", i < 40 ? "" : "from-", i % 40);
    if (const auto found = db.find_event(id, ""))
      text += fmt::format("{} {} {} {} {} {}\n", id, found->status, found->seq, text_of(found->attempts),
                          found->records.size(), found->emitted.size()) +
              fmt::format(" {} {} {}\n", found->outgoing.size(), found->rows.size(), found->timers.size());
  }
  const auto records = db.records("feedback", "", 1000);
  CAF_REQUIRE(records);
  for (const auto& put : records->records)
    text += put.key + "=" + put.document + "\n";
  dead_letter_filter open_ones;
  open_ones.state = "open";
  for (const auto& filter : {dead_letter_filter{}, open_ones}) {
    const auto letters = db.dead_letters(filter, "", 1000);
    CAF_REQUIRE(letters);
    for (const auto& letter : letters->letters)
      text += fmt::format("{} {} {} {}\n", letter.event_id, letter.job, letter.seq, letter.state);
  }
  text += text_of_asked(db);
  const auto figures = db.stats();
  return text + fmt::format("{} {} {} {} {} {}\n", figures.jobs, figures.pending, figures.pending_bytes,
                            figures.dead_letters, figures.timers, figures.outbox);
}

} // namespace

/// RocksDB removes files in the background: then the copy is taken once more.
void copy_while_open(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code problem;
  do {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive, problem);
  } while (problem == std::errc::no_such_file_or_directory);
  if (problem)
    CAF_FAIL("cannot copy " << from.string() << ": " << problem.message());
}

CAF_TEST(the embedded store answers like the memory store through stops and crashes) {
  constexpr int steps = 120;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    const scratch_directory folder;
    auto directory = folder.path() / "0";
    const auto open = [&] {
      embedded_options opts;
      opts.directory = directory;
      opts.segment_bytes = 16'384;
      opts.disk_floor_bytes = 0;
      opts.sync = seed % 2 == 0;
      auto made = embedded_store::open(opts, at(0), {});
      if (!made)
        CAF_FAIL("seed " << seed << ": " << made.error().detail);
      return *std::move(made);
    };
    memory_store model;
    auto db = open();
    random_driver for_model{seed};
    random_driver for_db{seed};
    for (int i = 1; i <= steps; ++i) {
      const auto expected = for_model.step(model);
      const auto answered = for_db.step(*db);
      if (answered != expected)
        CAF_FAIL("seed " << seed << " step " << i << ": " << answered << " is not " << expected);
      if (i % 20 != 0)
        continue;
      if (i % 40 == 0) {
        // What a killed process leaves: files as they are, nothing flushed.
        const auto crashed = folder.path() / std::to_string(i);
        copy_while_open(directory, crashed);
        directory = crashed;
      }
      db.reset();
      db = open();
      if (comparable(*db) != comparable(model))
        CAF_FAIL("seed " << seed << " step " << i << ":\n" << comparable(*db) << "\nis not\n" << comparable(model));
    }
    const auto report = db->verify({});
    CAF_REQUIRE(report);
    for (const auto& wrong : report->findings)
      CAF_ERROR("seed " << seed << ": " << wrong.job << " " << wrong.seq << ": " << wrong.what);
    CAF_CHECK(report->entries > 50);
    CAF_CHECK(for_db.fired() > 5);
    CAF_CHECK(for_db.delivered() > 5);
    CAF_CHECK(db->stats().dead_letters + db->dead_letters({}, "", 1000)->letters.size() > 5);
  }
}
