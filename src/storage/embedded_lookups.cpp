#include "storage/embedded_state.hpp"
#include "storage/embedded_store.hpp"
#include "storage/store_rules.hpp"
#include "storage/stream_reader.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

namespace weir::storage {

namespace {

struct found_event {
  std::string source;
  event_row row;
};

/// The newest row with this id.
result<std::optional<found_event>> newest_event(const view::reader& rows, const std::string& id,
                                                const std::string& source) {
  const auto prefix = keys::events_of(id);
  std::optional<found_event> newest;
  auto scanned =
      rows.each(prefix, keys::event(id, source), [&](std::string_view key, std::string_view value) -> result<bool> {
        const auto of = key.substr(prefix.size());
        if (!source.empty() && of != source)
          return false;
        auto row = event_row::decode(value);
        if (!row)
          return row.error();
        // Of one commit, the entry with the higher number is the newer one.
        if (!newest || row->made_at > newest->row.made_at ||
            (row->made_at == newest->row.made_at && row->seq > newest->row.seq))
          newest = found_event{std::string{of}, *std::move(row)};
        return true;
      });
  if (!scanned)
    return scanned.error();
  return newest;
}

/// Why an entry has no row in the index: dropped, or lost.
error missing_entry(const view::reader& rows, const event_row& row) {
  const auto bytes = rows.get(keys::job(row.job));
  const auto job = bytes && *bytes ? job_row::decode(**bytes) : result<job_row>{job_row{}};
  if (job && row.seq < job->first_seq)
    return fail(errc::history_trimmed, fmt::format("seq {} of job {} is no longer kept", row.seq, row.job));
  return fail(errc::storage_damaged, fmt::format("seq {} of job {} is not in the index", row.seq, row.job));
}

/// Events that it sent into other jobs and that the log still has.
status add_outgoing(const log_reader& log, const commit_record& commit, event_report& report) {
  for (const auto position : commit.outgoing) {
    auto sent = log.event(position);
    if (!sent && sent.error().code == errc::history_trimmed)
      continue;
    if (!sent)
      return sent.error();
    if ((*sent)->body.causation == report.body->body.id)
      report.outgoing.push_back(*std::move(sent));
  }
  return {};
}

/// Fills in what the event's commit says.
status add_commit(const view::reader& rows, const log_reader& log, const event_row& row, event_report& report) {
  const auto place = find_place(rows, row.job, row.seq);
  if (!place)
    return place.error();
  if (!*place)
    return missing_entry(rows, row);
  stream_reader entries{log};
  const auto entry = entries.read(row.job, **place);
  if (!entry)
    return entry.error();
  const auto commit = entries.commit((*place)->commit);
  if (!commit)
    return commit.error();
  report.body = entry->body;
  report.attempts = merge_attempts(row.attempts, entry->runs);
  report.records = (*commit)->what.records;
  report.emitted = emitted_by((*commit)->what.entries, row.seq);
  add_asked((*commit)->what, row.seq, report);
  return add_outgoing(log, **commit, report);
}

/// Fills in the runs of an event that still waits.
status add_pending(const view::reader& rows, const event_row& row, event_report& report) {
  const auto bytes = rows.get(keys::pending(row.job, row.position));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return {};
  auto waiting = pending_row::decode(**bytes);
  if (!waiting)
    return waiting.error();
  report.attempts = std::move(waiting->attempts);
  return {};
}

/// The parts of the view that say what became of the event.
view::parts parts_of(const event_row& row, const std::string& id) {
  if (row.seq == 0)
    return {{keys::pending(row.job, row.position)}, {keys::events_of(id)}};
  return {{keys::job(row.job)}, {keys::events_of(id), keys::stream_of(row.job)}};
}

result<event_report> report_of(const view::reader& rows, const log_reader& log, const event_row& row) {
  event_report report;
  report.status = stage_word(row.stage);
  report.seq = row.seq;
  report.attempts = row.attempts;
  if (row.seq != 0) {
    if (auto added = add_commit(rows, log, row, report); !added)
      return added.error();
    return report;
  }
  auto body = log.event(row.position);
  if (!body)
    return body.error();
  report.body = *std::move(body);
  if (auto added = add_pending(rows, row, report); !added)
    return added.error();
  return report;
}

} // namespace

result<event_report> embedded_store::find_event(const std::string& id, const std::string& source) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  // What else is read depends on the event's row, which may change until the
  // moment that has all of it; once for each stage at most.
  for (view::parts parts{{}, {keys::events_of(id)}};;) {
    const view::reader rows{*state_->rows, parts};
    const auto newest = newest_event(rows, id, source);
    if (!newest)
      return newest.error();
    if (!*newest)
      return fail(errc::not_found, fmt::format("no event {}", id));
    auto needed = parts_of((*newest)->row, id);
    if (needed == parts)
      return report_of(rows, *state_->log, (*newest)->row);
    parts = std::move(needed);
  }
}

result<record_put> embedded_store::record(const std::string& collection, const std::string& key) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  auto document = state_->rows->get(keys::record(collection, key));
  if (!document)
    return document.error();
  if (!*document)
    return fail(errc::not_found, fmt::format("no record {} in {}", key, collection));
  return record_put{collection, key, **std::move(document)};
}

result<record_page> embedded_store::records(const std::string& collection, const std::string& after_key,
                                            std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  record_page page;
  page.complete = true;
  const auto prefix = keys::records_of(collection);
  const auto from = after_key.empty() ? prefix : keys::after(keys::record(collection, after_key));
  const view::reader rows{*state_->rows, {{}, {prefix}}};
  auto scanned = rows.scan(prefix, from, [&](std::string_view key, std::string_view document) {
    if (page.records.size() >= limit) {
      page.complete = false;
      return false;
    }
    page.records.push_back({collection, std::string{key.substr(prefix.size())}, std::string{document}});
    return true;
  });
  if (!scanned)
    return scanned.error();
  return page;
}

result<dead_letter_page> embedded_store::dead_letters(const dead_letter_filter& filter, const std::string& after_id,
                                                      std::size_t limit) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  dead_letter_page page;
  page.complete = true;
  const view::reader rows{*state_->rows, {{}, {std::string{keys::open_letters}, std::string{keys::all_letters}}}};
  // Open letters have an index of their own: closed ones pile up.
  const auto prefix = filter.state == "open" ? keys::open_letters : keys::all_letters;
  const auto from = after_id.empty() ? std::string{prefix} : keys::after(std::string{prefix} + after_id);
  auto scanned = rows.each(prefix, from, [&](std::string_view key, std::string_view) -> result<bool> {
    const auto bytes = rows.get(keys::letter(key.substr(prefix.size())));
    if (!bytes || !*bytes) {
      return bytes ? fail(errc::storage_damaged, "an open dead letter is missing") : bytes.error();
    }
    auto row = letter_row::decode(**bytes);
    if (!row)
      return row.error();
    if (!matches(filter, row->letter))
      return true;
    if (page.letters.size() >= limit) {
      page.complete = false;
      return false;
    }
    page.letters.push_back(std::move(row->letter));
    return true;
  });
  if (!scanned)
    return scanned.error();
  return page;
}

result<std::pair<dead_letter, event_ptr>> embedded_store::find_dead_letter(const std::string& id) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  const auto bytes = state_->rows->get(keys::letter(id));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return fail(errc::not_found, fmt::format("no dead letter {}", id));
  auto row = letter_row::decode(**bytes);
  if (!row)
    return row.error();
  auto original = state_->log->event(row->letter.position);
  if (!original)
    return original.error();
  return std::pair{std::move(row->letter), *std::move(original)};
}

} // namespace weir::storage
