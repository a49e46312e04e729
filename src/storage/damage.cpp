#include "storage/damage.hpp"

#include "storage/log_reader.hpp"
#include "storage/stream_row.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace weir::storage {

namespace {

constexpr std::size_t most_named = 10;
constexpr std::size_t most_salvaged = std::size_t{64} << 20;

/// Jobs that are concerned, each with the numbers that are known to be.
class concerned_jobs {
public:
  void add(const job_id& job) {
    jobs_[job];
  }

  void add(const job_id& job, sequence seq) {
    auto& range = jobs_[job];
    range.from = range.from == 0 ? seq : std::min(range.from, seq);
    range.to = std::max(range.to, seq);
  }

  [[nodiscard]] std::string text() const {
    if (jobs_.empty())
      return "which jobs are concerned is not known";
    std::string names;
    std::size_t named = 0;
    for (const auto& [job, range] : jobs_) {
      if (named++ == most_named)
        break;
      names += names.empty() ? "" : ", ";
      if (range.from == 0)
        names += fmt::format("{} (events not yet handled)", job);
      else if (range.from == range.to)
        names += fmt::format("{} seq {}", job, range.from);
      else
        names += fmt::format("{} seq {}-{}", job, range.from, range.to);
    }
    return fmt::format("{} job{} concerned: {}{}", jobs_.size(), jobs_.size() == 1 ? "" : "s", names,
                       jobs_.size() > most_named ? ", ..." : "");
  }

  [[nodiscard]] const std::map<job_id, missing_range>& all() const noexcept {
    return jobs_;
  }

private:
  std::map<job_id, missing_range> jobs_;
};

bool within(const damage& what, log_position position) {
  return position >= what.from && position < what.to;
}

void add_from_view(const damage& what, const view& rows, concerned_jobs& jobs) {
  const view::reader now{rows};
  // A view that cannot be read names fewer jobs; the damage is reported anyway.
  (void)now.scan(keys::all_stream, keys::all_stream, [&](std::string_view key, std::string_view value) {
    const auto of = keys::split(key);
    const auto places = decode_stream_row(key, value);
    if (of && places)
      for (const auto& place : *places)
        if (within(what, place.event) || within(what, place.commit))
          jobs.add(of->job, place.seq);
    return true;
  });
  (void)now.scan(keys::all_pending, keys::all_pending, [&](std::string_view key, std::string_view) {
    if (const auto place = keys::split(key); place && within(what, place->number))
      jobs.add(place->job);
    return true;
  });
}

void add_commit(const commit_record& commit, concerned_jobs& jobs) {
  jobs.add(commit.what.job);
  for (const auto& entry : commit.what.entries)
    jobs.add(commit.what.job, entry.seq);
}

void add_record(record_type type, std::string_view body, log_position position, concerned_jobs& jobs) {
  if (type == record_type::event) {
    if (const auto found = decode_event(body, position))
      jobs.add(found->body.job);
  } else if (type == record_type::commit) {
    if (const auto found = decode_commit(body))
      add_commit(*found, jobs);
  }
}

/// Reads records by their lengths alone: one flipped bit in a payload leaves
/// the job's name as it was.
void add_from_range(const damage& what, const segment_table& segments, concerned_jobs& jobs) {
  const auto place = segments.find(what.from);
  if (!place)
    return;
  const auto bytes = place->file->read(place->offset, std::min<std::uint64_t>(what.to - what.from, most_salvaged));
  if (!bytes)
    return;
  const std::string_view text{*bytes};
  for (const auto& record : salvage_records(text, what.from))
    add_record(record.type, record.body, record.position, jobs);
  for (std::uint64_t at = group_header_bytes; at + record_header_bytes < text.size();) {
    decoder head{text.substr(at)};
    const auto length = head.u32();
    (void)head.u32();
    const auto type = head.u8();
    if (length == 0 || length > head.rest().size())
      return;
    add_record(static_cast<record_type>(type), head.rest().substr(0, length), what.from + at, jobs);
    at += record_extent(length);
  }
}

void add_from_group(const damage& what, const log_group& group, concerned_jobs& jobs) {
  for (const auto& record : group.records) {
    if (within(what, record.position))
      add_record(record.type, record.body, record.position, jobs); // whole, but behind the damage
    if (record.type != record_type::commit)
      continue;
    const auto commit = decode_commit(record.body);
    if (!commit)
      continue;
    for (const auto& entry : commit->what.entries)
      if (entry.body && within(what, entry.body->position))
        jobs.add(commit->what.job, entry.seq);
  }
}

/// Groups behind the break: those that are given up with it, and commits that
/// name events in it.
void add_from_later_groups(const damage& what, const std::shared_ptr<const segment_table>& segments,
                           concerned_jobs& jobs) {
  log_scanner scanner{segments, what.from};
  for (auto more = scanner.skip_to_next_group(); more && *more;) {
    const auto step = scanner.next();
    if (!step || *step == log_scanner::outcome::end)
      return;
    if (*step == log_scanner::outcome::broken) {
      more = scanner.skip_to_next_group();
      continue;
    }
    add_from_group(what, scanner.current(), jobs);
  }
}

} // namespace

std::string describe(const damage& what, const std::shared_ptr<const segment_table>& segments, const view* rows) {
  concerned_jobs jobs;
  add_from_range(what, *segments, jobs);
  add_from_later_groups(what, segments, jobs);
  if (rows != nullptr)
    add_from_view(what, *rows, jobs);
  const auto segment = segments->covering(what.from);
  return fmt::format("acknowledged data is damaged: {}, positions {} to {}: {}; {}; --accept-data-loss moves the log "
                     "from position {} on into damaged-{} and goes on without it",
                     segment ? segment->path.string() : std::string{"no segment"}, what.from, what.to, what.why,
                     jobs.text(), what.from, what.from);
}

concerned_range concerned(const damage& what, const segment_table& segments) {
  concerned_jobs jobs;
  add_from_range(what, segments, jobs);
  if (jobs.all().size() != 1)
    return {jobs.text(), {}, 0};
  const auto& [job, range] = *jobs.all().begin();
  return {jobs.text(), job, range.from};
}

} // namespace weir::storage
