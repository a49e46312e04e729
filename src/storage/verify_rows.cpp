#include "storage/embedded_state.hpp"
#include "storage/stream_reader.hpp"
#include "storage/verify.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

namespace weir::storage {

void verification::check_entry(const job_id& job, sequence seq, std::string_view value) {
  const auto row = stream_row::decode(value);
  if (!row)
    return find(job, seq, row.error().detail);
  const auto entry = entries_.read(job, seq, *row);
  if (!entry)
    return find(job, seq, entry.error().detail);
  if (entry->body != nullptr)
    check_event_row(job, *entry);
}

void verification::check_event_row(const job_id& job, const stream_entry& entry) {
  const auto& body = entry.body->body;
  const auto bytes = rows_.get(keys::event(body.id, body.source));
  if (!bytes)
    return find(job, entry.seq, bytes.error().detail);
  if (!*bytes)
    return find(job, entry.seq, fmt::format("event {} is not in the index of ids", body.id));
  const auto row = event_row::decode(**bytes);
  if (!row)
    return find(job, entry.seq, row.error().detail);
  // A newer event may have taken the id; only its own row must fit.
  const auto own = entry.body->position != 0 && row->position == entry.body->position;
  if (own && (row->seq != entry.seq || row->job != job))
    find(job, entry.seq,
         fmt::format("event {} is at seq {} of job {} in the index of ids", body.id, row->seq, row->job));
}

status verification::walk_pending() {
  return rows_.scan(keys::all_pending, keys::all_pending, [&](std::string_view key, std::string_view value) {
    const auto place = keys::split(key);
    const auto row = pending_row::decode(value);
    if (!place || !row) {
      find({}, 0, "a pending row does not decode");
      return true;
    }
    ++pending_;
    pending_bytes_ += row->payload_bytes;
    const auto body = log_.event(place->number);
    if (!body)
      find(place->job, 0, body.error().detail);
    else if ((*body)->body.job != place->job || (*body)->body.id != row->id || (*body)->body.source != row->source)
      find(place->job, 0, fmt::format("the pending event at {} is another one in the log", place->number));
    if (waiting_.erase(place->number) == 0 && log_is_whole_)
      find(place->job, 0, fmt::format("the event at {} is pending, but finished in the log", place->number));
    return true;
  });
}

status verification::walk_letters() {
  return rows_.scan(keys::all_letters, keys::all_letters, [&](std::string_view key, std::string_view value) {
    const auto id = key.substr(keys::all_letters.size());
    const auto row = letter_row::decode(value);
    if (!row) {
      find({}, 0, row.error().detail);
      return true;
    }
    const auto& letter = row->letter;
    const auto listed = rows_.get(keys::open_letter(id));
    const auto open = letter.state == "open";
    open_letters_ += open ? 1 : 0;
    if (!listed || listed->has_value() != open)
      find(letter.job, letter.seq, fmt::format("the index of open dead letters is wrong about {}", id));
    if (const auto body = log_.event(letter.position); !body)
      find(letter.job, letter.seq, fmt::format("the event of dead letter {}: {}", id, body.error().detail));
    return true;
  });
}

void verification::check_totals() {
  if (log_is_whole_)
    for (const auto position : waiting_) {
      const auto body = log_.event(position);
      find(body ? (*body)->body.job : job_id{}, 0,
           fmt::format("the event at {} was accepted, but is neither finished nor pending", position));
    }
  const auto compare = [&](std::string_view what, std::uint64_t counted, std::uint64_t kept) {
    if (counted != kept)
      find({}, 0, fmt::format("{} {} were counted, the view says {}", counted, what, kept));
  };
  compare("jobs", report_.jobs, meta_.jobs);
  compare("entries", report_.entries, meta_.entries);
  compare("pending events", pending_, meta_.pending);
  compare("pending bytes", pending_bytes_, meta_.pending_bytes);
  compare("open dead letters", open_letters_, meta_.open_letters);
}

result<verify_report> embedded_store::verify(const std::function<void(std::uint64_t, std::uint64_t)>& progress) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  return verification{*state_->rows, state_->segments, progress}.run();
}

} // namespace weir::storage
