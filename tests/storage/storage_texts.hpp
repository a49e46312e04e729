#pragma once

#include "storage/store.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

/// Everything that a store answers, as text: for comparing two of them.
namespace weir::storage::samples {

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
  const auto hops = e.hops > 0 ? fmt::format(" hops {}", e.hops) : "";
  return fmt::format("[{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}{}]", body->position,
                     body->accepted_at.time_since_epoch().count(), e.id, e.source, e.type, e.job,
                     e.time.time_since_epoch().count(), static_cast<int>(e.kind), e.payload, e.content_type, e.metadata,
                     e.source_seq ? fmt::format("{}", *e.source_seq) : "-", static_cast<int>(e.priority), e.traceparent,
                     e.causation, e.replayed, hops);
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
  for (const auto& sent : report.outgoing)
    text += " >" + text_of(sent);
  for (const auto& row : report.rows)
    text += fmt::format(" row {}:{}={}", row.sink, row.seq, row.row);
  for (const auto& one : report.timers)
    text += fmt::format(" timer {}", one.body.id);
  return text;
}

/// All rows of all sinks and all timers, a line each.
inline std::string text_of_asked(const store& db) {
  std::string text;
  const auto sinks = db.outbox_stats();
  if (!sinks)
    return sinks.error().detail;
  for (const auto& sink : *sinks) {
    text += fmt::format("sink {} {} {}\n", sink.sink, sink.pending, sink.oldest.time_since_epoch().count());
    const auto page = db.outbox({sink.sink, "", 0, 0}, 100'000);
    if (!page)
      return page.error().detail;
    for (const auto& row : page->rows)
      text += fmt::format(" row {} {} {} {} {}\n", row.key.job, row.key.seq, row.key.nr,
                          row.at.time_since_epoch().count(), row.row);
  }
  const auto page = db.timers(timestamp::max(), 100'000);
  if (!page)
    return page.error().detail;
  for (const auto& one : page->due)
    text += fmt::format(" timer {} {} {} {} {}\n", one.due.time_since_epoch().count(), one.body.id, one.body.job,
                        one.body.payload, one.body.hops);
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
  text += text_of_asked(db);
  const auto figures = db.stats();
  add(fmt::format("{} {} {} {} {}", figures.jobs, figures.pending, figures.pending_bytes, figures.dead_letters,
                  figures.store_id));
  return text;
}

} // namespace weir::storage::samples
