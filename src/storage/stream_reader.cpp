#include "storage/stream_reader.hpp"

#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

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

} // namespace weir::storage
