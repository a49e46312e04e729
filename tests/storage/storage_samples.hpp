#pragma once

#include "domain/dead_letter.hpp"
#include "storage/embedded_store.hpp"
#include "storage/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

/// Small makers that the storage tests share.
namespace weir::storage::samples {

/// A folder of its own, removed with all in it.
class scratch_directory {
public:
  scratch_directory() {
    static std::atomic<unsigned> made{0};
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("weir-storage-{}-{}", static_cast<long>(::getpid()), made.fetch_add(1));
    std::filesystem::create_directories(path_);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept {
    return path_;
  }

private:
  std::filesystem::path path_;
};

/// A store whose segments are full soon; nothing is synced and no disk guarded.
/// @param retention bytes of log to keep; 0: all.
inline embedded_options small_store(const std::filesystem::path& directory, std::uint64_t retention = 0) {
  embedded_options opts;
  opts.directory = directory;
  opts.segment_bytes = 4096;
  opts.disk_floor_bytes = 0;
  opts.sync = false;
  opts.retention.bytes = retention;
  return opts;
}

inline timestamp at(std::int64_t seconds) {
  return timestamp{std::chrono::seconds{1'700'000'000 + seconds}};
}

inline event sample_event(const std::string& job, const std::string& id, const std::string& payload = R"({"n":1})") {
  event body;
  body.id = id;
  body.source = "api";
  body.type = "item.analyzed";
  body.job = job;
  body.time = at(0);
  body.kind = payload_kind::json;
  body.payload = payload;
  return body;
}

inline append_request request_of(std::vector<event> events, std::int64_t seconds = 0) {
  append_request request;
  request.events = std::move(events);
  request.accepted_at = at(seconds);
  return request;
}

/// Appends one event. @returns null when it was refused or a duplicate.
inline event_ptr append(store& db, event body, std::int64_t seconds = 0) {
  write_batch batch;
  batch.appends.push_back(request_of({std::move(body)}, seconds));
  auto done = db.write(batch);
  if (!done || !done->appends[0])
    return nullptr;
  return (*done->appends[0]).items[0].body;
}

inline attempt sample_run(std::uint32_t number, const std::string& outcome) {
  return {number, at(number), "feedback", outcome, outcome == "ok" ? "" : "no-score", "score 5 missing", 120};
}

inline stream_entry entry_of(event_ptr body, sequence seq, entry_kind kind = entry_kind::event) {
  stream_entry entry;
  entry.seq = seq;
  entry.kind = kind;
  entry.body = std::move(body);
  entry.runs = {sample_run(1, kind == entry_kind::dead ? "dead" : "ok")};
  return entry;
}

/// The commit that handles these events, one entry each.
inline job_commit commit_of(const std::vector<event_ptr>& bodies, sequence last, std::int64_t seconds = 100) {
  job_commit commit;
  commit.job = bodies.front()->body.job;
  commit.expected_last = last;
  commit.at = at(seconds);
  for (const auto& body : bodies) {
    commit.entries.push_back(entry_of(body, ++last));
    commit.finished.push_back(body->position);
  }
  return commit;
}

inline stream_entry emitted_entry(const std::string& job, const std::string& id, sequence seq, std::uint32_t back) {
  accepted_event made;
  made.body = sample_event(job, id, R"({"derived":true})");
  made.body.type = "feedback.recorded";
  made.body.source = "weir/feedback";
  made.body.causation = "e1";
  made.accepted_at = at(50);
  stream_entry entry;
  entry.seq = seq;
  entry.kind = entry_kind::emitted;
  entry.body = std::make_shared<const accepted_event>(std::move(made));
  entry.caused_by = back;
  return entry;
}

inline dead_letter letter_of(const event_ptr& body, sequence seq) {
  dead_letter letter;
  letter.id = dead_letter_id(body->position);
  letter.job = body->body.job;
  letter.seq = seq;
  letter.position = body->position;
  letter.event_id = body->body.id;
  letter.event_type = body->body.type;
  letter.source = body->body.source;
  letter.handler = "feedback";
  letter.code = "no-score";
  letter.detail = "score 5 missing";
  letter.fingerprint = "0123456789abcdef";
  letter.attempts = {sample_run(1, "retry"), sample_run(2, "dead")};
  letter.accepted_at = body->accepted_at;
  letter.died_at = at(60);
  return letter;
}

/// The commit that makes a dead letter of one event.
inline job_commit death_of(const event_ptr& body, sequence last) {
  auto commit = commit_of({body}, last);
  commit.entries[0] = entry_of(body, last + 1, entry_kind::dead);
  commit.dead_letters = {letter_of(body, last + 1)};
  return commit;
}

inline result<commit_result> commit(store& db, job_commit wanted) {
  write_batch batch;
  batch.commits.push_back(std::move(wanted));
  auto done = db.write(batch);
  if (!done)
    return done.error();
  return done->commits[0];
}

// -- everything that a store answers, as text --------------------------------------

inline std::string text_of(const std::vector<attempt>& runs) {
  std::string text;
  for (const auto& run : runs)
    text += fmt::format("<{} {} {} {} {} {} {}>", run.number, run.at.time_since_epoch().count(), run.handler,
                        run.outcome, run.code, run.detail, run.duration_us);
  return text;
}

inline std::string text_of(const event_ptr& body) {
  if (body == nullptr)
    return "none";
  const auto& e = body->body;
  return fmt::format("[{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}]", body->position,
                     body->accepted_at.time_since_epoch().count(), e.id, e.source, e.type, e.job,
                     e.time.time_since_epoch().count(), static_cast<int>(e.kind), e.payload, e.content_type, e.metadata,
                     e.source_seq ? fmt::format("{}", *e.source_seq) : "-", static_cast<int>(e.priority), e.traceparent,
                     e.causation, e.replayed);
}

inline std::string text_of(const stream_entry& entry) {
  return fmt::format("{}:{} {} gap {} {}-{} by {} {}", entry.seq, static_cast<int>(entry.kind), text_of(entry.body),
                     entry.gap_source, entry.gap.from, entry.gap.to, entry.caused_by, text_of(entry.runs));
}

inline std::string text_of(const dead_letter& letter) {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", letter.id, letter.job, letter.seq, letter.position,
                     letter.event_id, letter.event_type, letter.source, letter.handler, letter.code, letter.detail,
                     letter.fingerprint, letter.state, text_of(letter.attempts));
}

inline std::string text_of(const job_snapshot& job) {
  std::string text = fmt::format("{} {} {} {} {} {} {} {:016x} {}", job.job, job.exists, job.first_seq, job.last_seq,
                                 static_cast<int>(job.mode), job.mode_reason, job.updated_at.time_since_epoch().count(),
                                 job.hash, job.has_pending);
  for (const auto& [source, cursor] : job.cursors) {
    text += fmt::format(" {}={}:{}", source, cursor.known, cursor.seq);
    for (const auto& range : cursor.missing)
      text += fmt::format("!{}-{}", range.from, range.to);
  }
  for (const auto& [handler, document] : job.states)
    text += fmt::format(" {}:{}", handler, document);
  return text;
}

inline std::string text_of(const event_report& report) {
  auto text = fmt::format("{} {} {} {}", text_of(report.body), report.status, report.seq, text_of(report.attempts));
  for (const auto& put : report.records)
    text += fmt::format(" {}/{}={}", put.collection, put.key, put.document);
  for (const auto& entry : report.emitted)
    text += " +" + text_of(entry);
  return text;
}

/// Every job, entry, pending event, its report, every letter and the record
/// collections named.
inline std::string dump(const store& db, const std::vector<std::string>& collections = {"feedback"}) {
  std::string text;
  const auto add = [&text](const std::string& line) { text += line + "\n"; };
  const auto report = [&](const event_ptr& body) {
    if (body == nullptr)
      return;
    const auto found = db.find_event(body->body.id, body->body.source);
    add("  report " + (found ? text_of(*found) : found.error().detail));
  };
  const auto jobs = db.jobs("", 100'000);
  if (!jobs)
    return jobs.error().detail;
  for (const auto& listed : jobs->jobs) {
    add("listed " + text_of(listed));
    const auto job = db.load_job(listed.job);
    add(job ? text_of(*job) : job.error().detail);
    const auto entries = db.stream(listed.job, 0, {1'000'000, std::size_t{1} << 30});
    if (!entries)
      add(entries.error().detail);
    else
      for (const auto& entry : entries->entries) {
        add(" " + text_of(entry));
        report(entry.body);
      }
    const auto waiting = db.pending(listed.job, 0, {1'000'000, std::size_t{1} << 30});
    if (!waiting)
      add(waiting.error().detail);
    else
      for (const auto& one : waiting->events) {
        add(" waits " + text_of(one.body) + text_of(one.attempts));
        report(one.body);
      }
  }
  for (const auto& name : collections)
    if (const auto page = db.records(name, "", 100'000))
      for (const auto& put : page->records)
        add(fmt::format("{}/{}={}", put.collection, put.key, put.document));
  if (const auto page = db.dead_letters({}, "", 100'000))
    for (const auto& letter : page->letters) {
      const auto found = db.find_dead_letter(letter.id);
      add(text_of(letter) + (found ? text_of(found->second) : found.error().detail));
    }
  const auto figures = db.stats();
  add(fmt::format("{} {} {} {} {}", figures.jobs, figures.pending, figures.pending_bytes, figures.dead_letters,
                  figures.store_id));
  return text;
}

} // namespace weir::storage::samples
