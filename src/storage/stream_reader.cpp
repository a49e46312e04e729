#include "storage/stream_reader.hpp"

#include "storage/view_keys.hpp"

#include <fmt/format.h>

namespace weir::storage {

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

result<stream_entry> stream_reader::read(const job_id& job, std::string_view key, std::string_view value) {
  const auto place = keys::split(key);
  if (!place)
    return fail(errc::storage_damaged, "a stream key does not decode");
  const auto row = stream_row::decode(value);
  if (!row)
    return row.error();
  return read(job, place->number, *row);
}

result<stream_entry> stream_reader::read(const job_id& job, sequence seq, const stream_row& row) {
  const auto found = commit(row.commit);
  if (!found)
    return found.error();
  const auto& what = (*found)->what;
  const auto fits = what.job == job && row.ordinal < what.entries.size() && what.entries[row.ordinal].seq == seq &&
                    what.entries[row.ordinal].kind == row.kind;
  if (!fits)
    return fail(errc::storage_damaged,
                fmt::format("the commit at {} does not hold seq {} of job {}", row.commit, seq, job));
  auto entry = what.entries[row.ordinal];
  if (entry.kind != entry_kind::event && entry.kind != entry_kind::dead)
    return entry;
  if (entry.body->position != row.event)
    return fail(errc::storage_damaged, fmt::format("seq {} of job {} is the event at {} in the log, at {} in the view",
                                                   seq, job, entry.body->position, row.event));
  auto body = log_.event(row.event);
  if (!body)
    return body.error();
  if ((*body)->body.job != job)
    return fail(errc::storage_damaged, fmt::format("seq {} of job {} names the event at {} of job {}", seq, job,
                                                   row.event, (*body)->body.job));
  entry.body = *std::move(body);
  return entry;
}

} // namespace weir::storage
