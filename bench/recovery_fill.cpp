#include "arguments.hpp"
#include "bench_event.hpp"
#include "domain/hash.hpp"
#include "measurement.hpp"
#include "store_folder.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <string>
#include <unistd.h>

// Fills a store with committed events and dies as if by kill -9: nothing was
// flushed or closed, and the last write is accepted and not committed, unless
// `--whole 1` says that it is to be gone on with.

namespace {

using namespace weir;
using namespace weir::bench;

/// Takes a store further: event n is the one with number n / jobs + 1 of job n % jobs.
class filler {
public:
  filler(storage::embedded_store& store, std::uint64_t jobs) : store_(store), jobs_(jobs) {
    // nop
  }

  void fill(std::uint64_t from, std::uint64_t to, std::uint64_t batch, bool whole) {
    for (auto number = from; number < to;) {
      storage::write_batch what;
      what.commits = std::move(commits_);
      commits_.clear();
      auto& request = what.appends.emplace_back();
      request.accepted_at = wall_clock();
      for (const auto end = std::min(to, number + batch); number < end; ++number)
        request.events.push_back(event_of(number));
      write(what, number);
    }
    if (!whole)
      return;
    storage::write_batch rest;
    rest.commits = std::move(commits_);
    write(rest, to);
  }

private:
  /// Ids of producers come in no order: the index of ids is touched everywhere.
  event event_of(std::uint64_t number) {
    const auto job = number % jobs_;
    auto out = to_event(writer_.write(number, job), plain_type, number, job);
    out.id = hex16(xxh3_64(out.id));
    return out;
  }

  void write(const storage::write_batch& what, std::uint64_t behind) {
    const auto outcome = store_.write(what);
    if (!outcome)
      give_up(outcome.error().detail);
    for (const auto& commit : outcome->commits)
      if (!commit)
        give_up(commit.error().detail);
    if (what.appends.empty())
      return;
    const auto& appended = outcome->appends.front();
    if (!appended)
      give_up(appended.error().detail);
    auto number = behind - appended->items.size();
    for (const auto& item : appended->items) {
      if (item.outcome != storage::append_outcome::accepted)
        give_up("event " + item.id + " is in the store already: is --from right?");
      commits_.push_back(commit_of(item, number++ / jobs_));
    }
  }

  static storage::job_commit commit_of(const storage::appended_item& item, sequence last) {
    storage::job_commit commit;
    commit.job = item.job;
    commit.expected_last = last;
    commit.at = wall_clock();
    stream_entry own;
    own.seq = last + 1;
    own.body = item.body;
    commit.entries.push_back(std::move(own));
    commit.finished.push_back(item.position);
    return commit;
  }

  storage::embedded_store& store_;
  std::uint64_t jobs_;
  event_writer writer_{plain_type, 0};
  std::vector<storage::job_commit> commits_;
};

} // namespace

int main(int argc, char** argv) {
  const arguments given{argc, argv};
  const auto from = given.number("from", 0);
  const auto to = given.number("events", 1'000'000);
  storage::embedded_options opts;
  opts.directory = given.text("directory");
  // What is measured is the start afterwards: a kill takes nothing from the page cache.
  opts.sync = false;
  auto opened = storage::embedded_store::open(opts, wall_clock(), {1, 2, 3, 4, 5, 6, 7, 8});
  if (!opened)
    give_up(opened.error().detail);
  stopwatch inside;
  inside.begin();
  filler{**opened, given.number("jobs", 100'000)}.fill(from, to, given.number("batch", 1'000),
                                                       given.number("whole", 0) != 0);
  inside.end();
  const auto stats = (*opened)->stats();
  print({"recovery, fill",
         "weir",
         static_cast<double>(to - from) / inside.seconds(),
         "events/s",
         {{"log_bytes", static_cast<double>(stats.log_bytes)},
          {"view_bytes", static_cast<double>(stats.view_bytes)},
          {"pending", static_cast<double>(stats.pending)}}});
  ::kill(::getpid(), SIGKILL);
}
