#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

bool within_window(timestamp first, timestamp now, std::chrono::hours window) {
  return now < first + window;
}

namespace {

bool names_an_event(const stream_entry& entry) {
  return entry.kind == entry_kind::gap || entry.body != nullptr;
}

bool finishes_its_event(const job_commit& commit, const stream_entry& entry) {
  if (entry.kind != entry_kind::event && entry.kind != entry_kind::dead)
    return true;
  return std::find(commit.finished.begin(), commit.finished.end(), entry.body->position) != commit.finished.end();
}

} // namespace

bool is_processed_number(const source_cursors& committed, const event& body) {
  if (!body.source_seq)
    return false;
  const auto cursor = committed.find(body.source);
  if (cursor == committed.end() || !cursor->second.known || *body.source_seq > cursor->second.seq)
    return false;
  return std::ranges::none_of(cursor->second.missing, [&](const missing_range& gap) {
    return gap.from <= *body.source_seq && *body.source_seq <= gap.to;
  });
}

status check_commit(const job_commit& commit, const job_stand& stand) {
  if (commit.fence < stand.fence)
    return fail(errc::conflict,
                fmt::format("fence {} of job {} is stale, {} was seen", commit.fence, commit.job, stand.fence));
  if (commit.expected_last && *commit.expected_last != stand.last_seq)
    return fail(errc::conflict, fmt::format("job {} stands at seq {}, the commit expects {}", commit.job,
                                            stand.last_seq, *commit.expected_last));
  if (commit.only_while_held && stand.mode == job_mode::active)
    return fail(errc::state_conflict, fmt::format("job {} is active; pause it first", commit.job));
  auto next = stand.last_seq + 1;
  for (const auto& entry : commit.entries) {
    if (entry.seq != next)
      return fail(errc::internal,
                  fmt::format("entry of job {} has seq {} where {} is next", commit.job, entry.seq, next));
    if (!names_an_event(entry))
      return fail(errc::internal, fmt::format("entry {} of job {} names no event", entry.seq, commit.job));
    if (!finishes_its_event(commit, entry))
      return fail(errc::internal, fmt::format("entry {} of job {} does not finish its event", entry.seq, commit.job));
    ++next;
  }
  return {};
}

event_ptr find_at(log_position position, const std::vector<event_ptr>& events) {
  const auto found = std::ranges::lower_bound(events, position, {}, [](const event_ptr& ev) { return ev->position; });
  return found != events.end() && (*found)->position == position ? *found : nullptr;
}

const char* finished_status(const stream_entry* entry) noexcept {
  if (entry == nullptr)
    return event_status::discarded;
  return entry->kind == entry_kind::dead ? event_status::dead : event_status::processed;
}

std::vector<attempt> merge_attempts(const std::vector<attempt>& earlier, const std::vector<attempt>& runs) {
  auto all = earlier;
  for (const auto& run : runs)
    if (std::find(earlier.begin(), earlier.end(), run) == earlier.end())
      all.push_back(run);
  return all;
}

std::vector<stream_entry> emitted_by(const std::vector<stream_entry>& entries, sequence cause) {
  std::vector<stream_entry> emitted;
  for (const auto& entry : entries)
    if (entry.kind == entry_kind::emitted && entry.seq - entry.caused_by == cause)
      emitted.push_back(entry);
  return emitted;
}

void add_asked(const job_commit& commit, sequence cause, event_report& report) {
  for (const auto& row : commit.rows)
    if (row.seq == cause)
      report.rows.push_back(row);
  for (const auto& one : commit.timers)
    if (one.body.causation == report.body->body.id)
      report.timers.push_back(one);
}

bool matches(const dead_letter_filter& filter, const dead_letter& letter) {
  const auto meant = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
  const auto gone = letter.state == "discarded" && letter.closed_at < filter.discarded_since;
  const auto in_time =
      (!filter.since || letter.died_at >= *filter.since) && (!filter.until || letter.died_at < *filter.until);
  return !gone && in_time && meant(filter.state, letter.state) && meant(filter.job, letter.job) &&
         meant(filter.handler, letter.handler) && meant(filter.code, letter.code) &&
         meant(filter.type, letter.event_type) && meant(filter.fingerprint, letter.fingerprint);
}

status check_reopening(const dead_letter& letter, timestamp now) {
  if (letter.state != "discarded")
    return fail(errc::state_conflict, fmt::format("dead letter {} is {}, not discarded", letter.id, letter.state));
  if (!within_window(letter.closed_at, now, trash_window))
    return fail(errc::state_conflict, fmt::format("dead letter {} was discarded at {}, more than {} hours ago",
                                                  letter.id, to_rfc3339(letter.closed_at), trash_window.count()));
  return {};
}

std::size_t page_cost(const event& body) noexcept {
  constexpr std::size_t fixed = 128;
  return fixed + body.payload.size() + body.metadata.size();
}

std::size_t page_cost(const stream_entry& entry) noexcept {
  constexpr std::size_t bodiless = 64;
  return entry.body ? page_cost(entry.body->body) : bodiless;
}

std::string to_hex(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("{:02x}", bytes[i]);
  return text;
}

} // namespace weir::storage
