#include "storage/embedded_store.hpp"
#include "storage_samples.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

// Makes the store that tests/samples keeps of each format: some of everything,
// small segments, and a turn of retention. usage: weir_sample_store DIRECTORY

namespace {

using namespace weir;
using namespace weir::storage;
using namespace weir::storage::samples;

template <class Result>
void expect(const Result& done, const char* what) {
  if (done)
    return;
  fmt::print(stderr, "{}: {}\n", what, done.error().detail);
  std::exit(1);
}

event_ptr accept(store& db, const job_id& job, const std::string& id) {
  auto body = append(db, sample_event(job, id, fmt::format(R"({{"of":"{}","pad":"{}"}})", id, std::string(90, '.'))));
  if (body != nullptr)
    return body;
  fmt::print(stderr, "event {} is refused\n", id);
  std::exit(1);
}

void fill(store& db) {
  accept(db, "slow", "waits");
  const auto sad = accept(db, "sad", "dies");
  expect(commit(db, death_of(sad, 0)), "a dead letter");
  job_commit retry;
  retry.job = "slow";
  retry.attempts = {{accept(db, "slow", "retries")->position, sample_run(1, "retry")}};
  expect(commit(db, retry), "a failed run");
  for (sequence seq = 0; seq < 40; ++seq) {
    const auto body = accept(db, seq % 2 == 0 ? "alpha" : "beta", fmt::format("e{}", seq));
    auto wanted = commit_of({body}, seq % 2 == 0 ? seq : seq / 2);
    wanted.records = {{"feedback", fmt::format("k{}", seq % 7), fmt::format("{}", seq)}};
    wanted.states = {{"feedback", fmt::format(R"({{"n":{}}})", seq)}};
    wanted.cursors["api"] = {true, seq + 1, {}};
    if (seq % 2 == 0)
      wanted.entries.push_back(emitted_entry(body->body.job, fmt::format("made{}", seq), wanted.entries[0].seq + 1, 1));
    expect(commit(db, wanted), "a commit");
  }
  write_batch more;
  more.appends.push_back(request_of({sample_event("slow", "keyed")}, 3));
  more.appends.back().once = idempotency{std::string(32, 'a'), std::string(32, 'b')};
  expect(db.write(more), "an idempotency key");
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: weir_sample_store DIRECTORY\n");
    return 2;
  }
  embedded_options opts;
  opts.directory = argv[1];
  opts.segment_bytes = 4096;
  opts.disk_floor_bytes = 0;
  opts.retention.bytes = 12'000;
  const auto opened = embedded_store::open(opts, at(0), {1, 2, 3});
  expect(opened, "open");
  fill(**opened);
  const auto trimmed = (*opened)->trim(at(0));
  expect(trimmed, "retention");
  expect((*opened)->close(), "close");
  fmt::print("{} segments dropped, {} events kept\n", trimmed->dropped_segments, trimmed->kept_events);
  return 0;
}
