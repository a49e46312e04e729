#include "arguments.hpp"
#include "bench_event.hpp"
#include "domain/uuid.hpp"
#include "measurement.hpp"
#include "processing.hpp"
#include "store_folder.hpp"

#include <fmt/format.h>

#include <map>

namespace weir::bench {

namespace {

/// The commits that the feedback handler would cause.
class commit_maker {
public:
  std::vector<storage::job_commit> make(const std::vector<storage::appended_item>& items) {
    std::map<job_id, storage::job_commit> by_job;
    for (const auto& item : items) {
      auto& commit = by_job[item.job];
      if (commit.job.empty()) {
        commit.job = item.job;
        commit.expected_last = last_[item.job];
        commit.at = wall_clock();
      }
      add(commit, item);
    }
    std::vector<storage::job_commit> out;
    for (auto& [job, commit] : by_job)
      out.push_back(std::move(commit));
    return out;
  }

private:
  void add(storage::job_commit& commit, const storage::appended_item& item) {
    auto& last = last_[item.job];
    stream_entry own;
    own.seq = ++last;
    own.body = item.body;
    own.runs.push_back({1, commit.at, "feedback", "ok", {}, {}, 0});
    commit.entries.push_back(std::move(own));
    const auto record = uuid_v5(item.id);
    const auto& payload = item.body->body.payload;
    auto document = fmt::format(R"({{"id":"{}","jobId":"{}","created_at":"{}",{})", record, item.job,
                                to_rfc3339(commit.at), std::string_view{payload}.substr(1));
    auto emitted = std::make_shared<accepted_event>();
    emitted->accepted_at = commit.at;
    emitted->body.id = "emitted-" + record;
    emitted->body.source = "feedback";
    emitted->body.type = "feedback.recorded";
    emitted->body.job = item.job;
    emitted->body.time = commit.at;
    emitted->body.kind = payload_kind::json;
    emitted->body.payload = document;
    emitted->body.causation = item.id;
    stream_entry effect;
    effect.seq = ++last;
    effect.kind = entry_kind::emitted;
    effect.body = std::move(emitted);
    effect.caused_by = 1;
    commit.entries.push_back(std::move(effect));
    commit.records.push_back({"feedback", record, std::move(document)});
    commit.finished.push_back(item.position);
  }

  std::map<job_id, sequence> last_;
};

void check(const storage::write_outcome& outcome) {
  for (const auto& append : outcome.appends)
    if (!append)
      give_up(append.error().detail);
  for (const auto& commit : outcome.commits)
    if (!commit)
      give_up(commit.error().detail);
}

} // namespace

std::uint64_t measure_store_alone(const processing_plan& plan) {
  const store_folder folder{std::filesystem::path{plan.directory} / "processing-alone"};
  auto store = folder.open_store();
  event_writer writer{handled_type, 0};
  commit_maker commits;
  std::vector<storage::job_commit> waiting;
  std::uint64_t number = 0;
  stopwatch inside;
  std::uint64_t writes = 0;
  const auto before = store->stats().head;
  while (inside.seconds() < plan.seconds) {
    storage::write_batch what;
    what.commits = std::move(waiting);
    auto& request = what.appends.emplace_back();
    request.accepted_at = wall_clock();
    for (std::uint64_t i = 0; i < plan.batch; ++i, ++number) {
      auto job = job_of(number, plan.jobs);
      request.events.push_back(to_event(writer.write(number, job), handled_type, number, job));
    }
    inside.begin();
    const auto outcome = store->write(what);
    inside.end();
    if (!outcome)
      give_up(outcome.error().detail);
    check(*outcome);
    ++writes;
    waiting = commits.make(outcome->appends.front()->items);
  }
  const auto rate = static_cast<double>(number) / inside.seconds();
  print({plan.workload + ": tree to store", "limit", rate, "events/s", {{"cpu_us", inside.cpu_us(number)}}});
  print({plan.workload + ": store to bare", "weir", rate, "events/s", {{"cpu_us", inside.cpu_us(number)}}});
  const auto bytes = (store->stats().head - before) / writes;
  if (auto closed = store->close(); !closed)
    give_up(closed.error().detail);
  return bytes;
}

} // namespace weir::bench
