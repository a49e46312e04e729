#include "storage/stream_reader.hpp"

#include "storage/store_rules.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

result<std::optional<stream_place>> find_place(const view::reader& rows, const job_id& job, sequence seq) {
  const auto row = rows.first(keys::stream_of(job), keys::stream(job, seq));
  if (!row)
    return row.error();
  if (!*row)
    return std::optional<stream_place>{};
  const auto places = decode_stream_row((*row)->first, (*row)->second);
  if (!places)
    return places.error();
  const auto found = std::ranges::find(*places, seq, &stream_place::seq);
  return found == places->end() ? std::nullopt : std::optional{*found};
}

result<const commit_record*> stream_reader::commit(log_position position) {
  if (at_ == position && position != 0)
    return &last_;
  auto found = log_.commit(position);
  if (!found)
    return found.error();
  last_ = *std::move(found);
  at_ = position;
  return &last_;
}

result<stream_entry> stream_reader::read(const job_id& job, const stream_place& place) {
  const auto found = commit(place.commit);
  if (!found)
    return found.error();
  const auto& what = (*found)->what;
  const auto fits = what.job == job && place.ordinal < what.entries.size() &&
                    what.entries[place.ordinal].seq == place.seq && what.entries[place.ordinal].kind == place.kind;
  if (!fits)
    return fail(errc::storage_damaged,
                fmt::format("the commit at {} does not hold seq {} of job {}", place.commit, place.seq, job));
  auto entry = what.entries[place.ordinal];
  if (entry.kind != entry_kind::event && entry.kind != entry_kind::dead)
    return entry;
  if (entry.body->position != place.event)
    return fail(errc::storage_damaged, fmt::format("seq {} of job {} is the event at {} in the log, at {} in the view",
                                                   place.seq, job, entry.body->position, place.event));
  auto body = log_.event(place.event);
  if (!body)
    return body.error();
  if ((*body)->body.job != job)
    return fail(errc::storage_damaged, fmt::format("seq {} of job {} names the event at {} of job {}", place.seq, job,
                                                   place.event, (*body)->body.job));
  entry.body = *std::move(body);
  return entry;
}

// -- pages ----------------------------------------------------------------------

bool page_filler::is_full() const {
  return !page_.entries.empty() && page_.entries.size() >= limit_.count;
}

result<bool> page_filler::add_row(std::string_view key, std::string_view value) {
  if (is_full())
    return false; // whatever the next row is like
  const auto places = decode_stream_row(key, value);
  if (!places)
    return places.error();
  for (const auto& place : *places) {
    if (place.seq <= behind_)
      continue;
    if (auto goes_on = add(place); !goes_on || !*goes_on)
      return goes_on;
  }
  return true;
}

result<bool> page_filler::add(const stream_place& place) {
  if (is_full())
    return false;
  const auto expected = behind_ + 1 + page_.entries.size();
  auto entry = entries_.read(job_, place);
  if (entry && entry->seq != expected)
    entry = fail(errc::history_trimmed, fmt::format("seq {} of job {} is no longer kept", expected, job_));
  if (!entry)
    return entry.error();
  const auto cost = page_cost(*entry);
  if (!page_.entries.empty() && used_ + cost > limit_.bytes)
    return false;
  used_ += cost;
  page_.entries.push_back(*std::move(entry));
  return true;
}

} // namespace weir::storage
