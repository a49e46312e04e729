#pragma once

#include "domain/dead_letter.hpp"
#include "storage/embedded_store.hpp"
#include "storage/store.hpp"
#include "storage_texts.hpp"

#include <fmt/format.h>

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

/// An event that the handler of `cause` sends into another job.
inline event sent_event_of(const event_ptr& cause, const std::string& job, const std::string& id) {
  auto body = sample_event(job, id, R"({"sent":true})");
  body.source = "weir";
  body.causation = cause->body.id;
  body.hops = cause->body.hops + 1;
  return body;
}

/// A timer that the handler of `cause` sets.
inline timer timer_of(const event_ptr& cause, const std::string& id, std::int64_t due) {
  timer made;
  made.due = at(due);
  made.body = sample_event(cause->body.job, id, R"({"later":true})");
  made.body.source = timer_source;
  made.body.causation = cause->body.id;
  made.body.time = made.due;
  return made;
}

/// Fires one timer. @returns the event, or null when it did not wait.
inline event_ptr fire(store& db, std::int64_t due, const std::string& id, std::int64_t seconds) {
  write_batch batch;
  batch.fired.push_back({at(due), id, at(seconds)});
  const auto done = db.write(batch);
  return done && done->fired[0] ? *done->fired[0] : nullptr;
}

/// Takes rows out. @returns how many waited.
inline std::uint64_t deliver(store& db, std::vector<outbox_key> rows) {
  write_batch batch;
  batch.delivered.push_back({std::move(rows), at(500)});
  const auto done = db.write(batch);
  return done && done->delivered[0] ? *done->delivered[0] : 0;
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

} // namespace weir::storage::samples
