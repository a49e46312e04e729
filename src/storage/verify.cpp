#include "storage/verify.hpp"

#include "storage/embedded_state.hpp"
#include "storage/verify_files.hpp"
#include "storage/view_digest.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

namespace {

/// Rows between two looks at whether to go on.
constexpr std::uint64_t rows_between_looks = 512;

} // namespace

verification::verification(verified_store what, verify_progress progress)
    : rows_(what.rows), what_(std::move(what)), log_(what_.segments), entries_(log_), progress_(std::move(progress)) {
  // nop
}

void verification::find(job_id job, sequence seq, std::string what, log_position position) {
  report_.add({std::move(job), seq, std::move(what), (what_.directory / "view").string(), position});
}

bool verification::tell(std::uint64_t done) {
  return !progress_ || progress_(std::min(done, 2 * log_bytes_), 2 * log_bytes_);
}

status verification::tell_row() {
  if (++rows_seen_ % rows_between_looks != 0)
    return {};
  // Entries, their ids and documents are the rows that grow with the log; all are seen twice, the second time for
  // the digest.
  const auto expected = std::max<std::uint64_t>(2 * (3 * meta_.entries + meta_.jobs), rows_seen_);
  return tell(log_bytes_ + log_bytes_ * rows_seen_ / expected) ? status{} : verification_stopped();
}

status verification::walk(std::string_view prefix, const char* what,
                          const std::function<void(std::string_view, std::string_view)>& visit) {
  status told;
  const auto scanned = rows_.scan(prefix, prefix, [&](std::string_view key, std::string_view value) {
    visit(key, value);
    told = tell_row();
    return static_cast<bool>(told);
  });
  return told ? survive(scanned, what) : told;
}

status verification::survive(const status& scanned, const char* what) {
  if (scanned || scanned.error().code != errc::storage_damaged)
    return scanned;
  find({}, 0, fmt::format("the {} cannot all be read: {}", what, scanned.error().detail));
  return {};
}

result<verify_report> verification::run() {
  if (!what_.unusable_view.empty())
    find({}, 0, fmt::format("it cannot be used and the next start makes a new one: {}", what_.unusable_view));
  if (auto checked = check_files(what_, report_, [this] { return tell(0); }); !checked)
    return checked.error();
  const auto bytes = rows_.get(keys::meta);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return std::move(report_); // nothing was ever written
  const auto meta = meta_row::decode(**bytes);
  if (!meta)
    return meta.error();
  meta_ = *meta;
  for (const auto step :
       {&verification::walk_log, &verification::walk_jobs, &verification::walk_pending, &verification::walk_letters,
        &verification::walk_events, &verification::walk_documents, &verification::walk_answers,
        &verification::walk_outbox, &verification::walk_sinks, &verification::walk_timers})
    if (auto done = (this->*step)(); !done)
      return done.error();
  check_leftovers();
  check_totals();
  if (auto taken = take_digest(); !taken)
    return taken.error();
  if (!tell(2 * log_bytes_))
    return verification_stopped();
  return std::move(report_);
}

status verification::take_digest() {
  report_.position = meta_.position;
  if (report_.found > 0)
    return {};
  const auto digest = digest_of(rows_, what_.is_garbage, [this] { return static_cast<bool>(tell_row()); });
  if (!digest)
    return digest.error();
  report_.digest = digest->hash;
  return {};
}

status verification::walk_log() {
  const auto floor = what_.segments->floor();
  log_bytes_ = meta_.position > floor ? meta_.position - floor : 0;
  log_walk walk{rows_, what_.segments, meta_.position, report_,
                [&](log_position at) { return tell(at > floor ? std::min(at - floor, log_bytes_) : 0); }};
  if (auto walked = walk.run(); !walked)
    return walked;
  account_ = std::move(walk).take();
  return {};
}

// -- jobs and their streams -------------------------------------------------------

status verification::walk_jobs() {
  status broken;
  const auto scanned = rows_.scan(keys::all_jobs, keys::all_jobs, [&](std::string_view key, std::string_view value) {
    const job_id job{key.substr(keys::all_jobs.size())};
    ++report_.jobs;
    const auto row = job_row::decode(value);
    if (row) {
      check_job(job, *row);
      broken = walk_entries(job, *row);
    } else {
      find(job, 0, row.error().detail);
    }
    account_.jobs.erase(job);
    return static_cast<bool>(broken);
  });
  if (!broken)
    return broken;
  if (scanned)
    for (const auto& [job, logged] : account_.jobs)
      find(job, logged.last, "the log has commits of a job that the view does not know");
  return survive(scanned, "jobs");
}

void verification::check_job(const job_id& job, const job_row& row) {
  dropped_entries_ += row.first_seq - 1;
  const auto found = account_.jobs.find(job);
  if (found == account_.jobs.end()) {
    // All its commits were dropped, or it never had one.
    if (row.first_seq != row.last_seq + 1 && account_.damaged.empty())
      find(job, row.last_seq, fmt::format("the job row stands at seq {}, the log has no commit of it", row.last_seq));
    return;
  }
  const auto& logged = found->second;
  const auto whole = logged.damages_before == account_.damaged.size();
  if (whole ? logged.last != row.last_seq : logged.last > row.last_seq)
    find(job, row.last_seq, fmt::format("the job row stands at seq {}, the log at {}", row.last_seq, logged.last));
  else if (whole && logged.hash != row.hash)
    find(job, row.last_seq, fmt::format("the job row does not have the hash of the last commit, seq {}", logged.last));
  if (!logged.first_fits && row.first_seq != row.last_seq + 1 && account_.damaged.empty())
    find(job, row.first_seq, fmt::format("the stream begins at seq {}, where no segment was dropped", row.first_seq));
  if (!whole)
    return;
  if (logged.fence != row.fence)
    find(job, row.last_seq, fmt::format("the job row has fence {}, the log {}", row.fence, logged.fence));
  if (logged.mode && *logged.mode != row.mode)
    find(job, row.last_seq, "the job row has another mode than the log");
  for (const auto& [source, cursor] : logged.cursors) {
    const auto shown = row.cursors.find(source);
    if (shown == row.cursors.end() || !(shown->second == cursor))
      find(job, row.last_seq, fmt::format("the cursor of source {} is not the one of the last commit", source));
  }
}

status verification::walk_entries(const job_id& job, const job_row& row) {
  auto expected = row.first_seq;
  status told;
  const auto visit = [&](const stream_place& place) {
    for (; expected < place.seq && expected <= row.last_seq; ++expected)
      find(job, expected, "the number is missing in the index");
    if (place.seq < expected)
      find(job, place.seq, "the number is twice in the index");
    expected = std::max(expected, place.seq + 1);
    ++report_.entries;
    if (place.seq > row.last_seq)
      find(job, place.seq, "the index goes on behind the job's last number");
    check_entry(job, place);
    told = tell_row();
  };
  const auto scanned = rows_.scan(
      keys::stream_of(job), keys::stream(job, row.first_seq), [&](std::string_view key, std::string_view value) {
        const auto places = decode_stream_row(key, value);
        if (!places)
          find(job, keys::split(key).value_or(keys::job_number{}).number, places.error().detail);
        else
          for (const auto& place : *places)
            if (told && place.seq >= row.first_seq)
              visit(place);
        return static_cast<bool>(told);
      });
  if (!told)
    return told;
  for (; scanned && expected <= row.last_seq; ++expected)
    find(job, expected, "the number is missing in the index");
  return survive(scanned, "entries");
}

void verification::check_entry(const job_id& job, const stream_place& place) {
  const auto entry = entries_.read(job, place);
  if (!entry)
    return find(job, place.seq, entry.error().detail, place.commit);
  if (entry->body != nullptr)
    check_event_row(job, *entry);
}

void verification::check_event_row(const job_id& job, const stream_entry& entry) {
  const auto& body = entry.body->body;
  const auto at = entry.body->position;
  const auto bytes = rows_.get(keys::event(body.id, body.source));
  if (!bytes)
    return find(job, entry.seq, bytes.error().detail, at);
  if (!*bytes) {
    // The id may have been used again, and that event may be long gone.
    if (at == 0 || at >= account_.floor)
      find(job, entry.seq, fmt::format("event {} is not in the index of ids", body.id), at);
    return;
  }
  const auto row = event_row::decode(**bytes);
  if (!row)
    return find(job, entry.seq, row.error().detail, at);
  // A newer event may have taken the id; only its own row must fit.
  const auto own = at != 0 && row->position == at;
  if (own && (row->seq != entry.seq || row->job != job))
    find(job, entry.seq,
         fmt::format("event {} is at seq {} of job {} in the index of ids", body.id, row->seq, row->job), at);
}

result<verify_report> embedded_store::verify(const verify_progress& progress) const {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  // No turn of retention runs meanwhile: it replaces files of kept events,
  // which are not part of the view's moment.
  const std::scoped_lock one{state_->trimming};
  const std::shared_lock stay{state_->pinned};
  const auto& found = state_->recovered;
  const auto unusable = state_->opts.read_only && found.set_aside_view ? found.detail : std::string{};
  return verification{
      {*state_->rows, state_->segments, state_->opts.directory, state_->store_id, unusable, state_->dropped}, progress}
      .run();
}

} // namespace weir::storage
