#include "storage/verify.hpp"

#include "storage/view_keys.hpp"

#include <fmt/format.h>

namespace weir::storage {

verification::verification(const view& rows, std::shared_ptr<const segment_table> segments,
                           std::function<void(std::uint64_t, std::uint64_t)> progress)
    : rows_(rows), segments_(std::move(segments)), log_(segments_), entries_(log_), progress_(std::move(progress)) {
  // nop
}

void verification::find(job_id job, sequence seq, std::string what) {
  report_.findings.push_back({std::move(job), seq, std::move(what)});
}

result<verify_report> verification::run() {
  const auto bytes = rows_.get(keys::meta);
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return report_; // nothing was ever written
  const auto meta = meta_row::decode(**bytes);
  if (!meta)
    return meta.error();
  meta_ = *meta;
  for (const auto step :
       {&verification::walk_log, &verification::walk_jobs, &verification::walk_pending, &verification::walk_letters})
    if (auto done = (this->*step)(); !done)
      return done.error();
  check_totals();
  return std::move(report_);
}

// -- the log --------------------------------------------------------------------

status verification::walk_log() {
  const auto first = segments_->next_after(0);
  if (!first)
    return {};
  const auto whole = meta_.position - first_log_position;
  log_scanner scanner{segments_, first->header.start};
  while (scanner.position() < meta_.position) {
    const auto before = scanner.position();
    const auto step = scanner.next();
    if (!step)
      return step.error();
    if (*step == log_scanner::outcome::end) {
      if (scanner.position() < meta_.position)
        report_bad_group(scanner.position(), meta_.position, "the log ends before what the view covers");
      return {};
    }
    if (*step == log_scanner::outcome::broken) {
      if (scanner.position() >= meta_.position)
        return {};
      const auto from = scanner.position();
      const auto why = scanner.reason();
      const auto more = scanner.skip_to_next_group();
      if (!more)
        return more.error();
      report_bad_group(from, *more ? scanner.position() : meta_.position, why);
      if (!*more)
        return {};
      continue;
    }
    if (scanner.current().position >= meta_.position)
      return {};
    for (const auto& record : scanner.current().records)
      check_record(record);
    if (progress_)
      progress_(scanner.position() - first_log_position, 2 * whole);
    if (scanner.position() == before)
      return {};
  }
  return {};
}

void verification::report_bad_group(log_position from, log_position to, const std::string& why) {
  log_is_whole_ = false;
  const auto segment = segments_->covering(from);
  find({}, 0,
       fmt::format("{}, positions {} to {}: {}", segment ? segment->path.string() : std::string{"log"}, from, to, why));
}

void verification::check_record(const log_record& record) {
  ++report_.log_records;
  if (record.type == record_type::event) {
    const auto found = decode_event(record.body, record.position);
    if (!found)
      return find({}, 0, found.error().detail);
    waiting_.insert(record.position);
  } else if (record.type == record_type::commit) {
    check_commit(record);
  }
}

void verification::check_commit(const log_record& record) {
  const auto found = decode_commit(record.body);
  if (!found)
    return find({}, 0, fmt::format("the commit at {} does not decode", record.position));
  const auto& job = found->what.job;
  auto& chain = chains_[job];
  if (!chain_holds(record.body))
    find(job, found->last_before + 1,
         fmt::format("the commit at {} does not have the hash of its bytes", record.position));
  // Behind damage the chain cannot be followed, only taken up again.
  if (log_is_whole_ && found->previous_hash != chain.hash)
    find(job, found->last_before + 1,
         fmt::format("the commit at {} does not follow the job's hash chain", record.position));
  if (log_is_whole_ && found->last_before != chain.last)
    find(job, found->last_before + 1,
         fmt::format("the commit at {} begins behind seq {}, the log stands at {}", record.position, found->last_before,
                     chain.last));
  for (const auto position : found->what.finished)
    if (waiting_.erase(position) == 0 && log_is_whole_)
      find(job, found->last_before + 1,
           fmt::format("the commit at {} finishes the event at {}, which is not pending", record.position, position));
  chain.hash = found->hash;
  chain.last = found->last_before + found->what.entries.size();
}

// -- the view -------------------------------------------------------------------

status verification::walk_jobs() {
  const auto whole = meta_.position - first_log_position;
  status broken;
  auto scanned = rows_.scan(keys::all_jobs, keys::all_jobs, [&](std::string_view key, std::string_view value) {
    const job_id job{key.substr(keys::all_jobs.size())};
    ++report_.jobs;
    const auto row = job_row::decode(value);
    if (!row) {
      find(job, 0, row.error().detail);
      return true;
    }
    const auto chain = chains_.find(job);
    const auto logged = chain == chains_.end() ? job_chain{} : chain->second;
    if (log_is_whole_ && (logged.last != row->last_seq || logged.hash != row->hash))
      find(job, row->last_seq, fmt::format("the job row stands at seq {}, the log at {}", row->last_seq, logged.last));
    if (log_is_whole_ && chain != chains_.end())
      chains_.erase(chain);
    broken = walk_entries(job, *row);
    if (progress_ && meta_.jobs >= report_.jobs)
      progress_(whole + whole * report_.jobs / meta_.jobs, 2 * whole);
    return static_cast<bool>(broken);
  });
  if (log_is_whole_ && scanned)
    for (const auto& [job, chain] : chains_)
      find(job, chain.last, "the log has commits of a job that the view does not know");
  return scanned ? broken : scanned;
}

status verification::walk_entries(const job_id& job, const job_row& row) {
  const auto prefix = keys::stream_of(job);
  auto expected = row.first_seq;
  auto scanned = rows_.scan(prefix, prefix, [&](std::string_view key, std::string_view value) {
    const auto place = keys::split(key);
    if (!place) {
      find(job, 0, "a stream key does not decode");
      return true;
    }
    for (; expected < place->number; ++expected)
      find(job, expected, "the number is missing in the index");
    expected = place->number + 1;
    ++report_.entries;
    if (place->number > row.last_seq)
      find(job, place->number, "the index goes on behind the job's last number");
    check_entry(job, place->number, value);
    return true;
  });
  for (; expected <= row.last_seq; ++expected)
    find(job, expected, "the number is missing in the index");
  return scanned;
}

} // namespace weir::storage
