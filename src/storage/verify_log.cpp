#include "storage/verify_log.hpp"

#include "storage/damage.hpp"
#include "storage/view_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::storage {

bool log_account::cannot_know(log_position position) const noexcept {
  return position < floor || std::any_of(damaged.begin(), damaged.end(), [position](const auto& range) {
           return position >= range.first && position < range.second;
         });
}

log_walk::log_walk(const view::reader& rows, std::shared_ptr<const segment_table> segments, log_position end,
                   verify_report& report, std::function<bool(log_position)> look)
    : rows_(rows), segments_(std::move(segments)), end_(end), report_(report), look_(std::move(look)) {
  // nop
}

void log_walk::find(const job_id& job, sequence seq, std::string what) {
  report_.add({job, seq, std::move(what), segment_.path.string(), at_});
}

status log_walk::run() {
  const auto first = segments_->next_after(0);
  if (!first)
    return {};
  account_.floor = first->header.start;
  if (auto taken = take_kept(); !taken)
    return taken;
  log_scanner scanner{segments_, account_.floor};
  while (scanner.position() < end_) {
    const auto step = scanner.next();
    if (!step)
      return step.error();
    if (*step != log_scanner::outcome::group) {
      if (scanner.position() >= end_)
        break;
      const auto ended = *step == log_scanner::outcome::end;
      if (auto passed = pass_damage(scanner, ended ? "the log ends here" : scanner.reason()); !passed)
        return passed;
      continue;
    }
    if (scanner.current().position >= end_)
      break;
    if (auto checked = check_group(scanner.current()); !checked)
      return checked;
  }
  std::sort(account_.written.begin(), account_.written.end());
  report_.log_records = account_.records;
  return {};
}

status log_walk::take_kept() {
  for (const auto& file : segments_->kept())
    for (const auto& [position, one] : file->events())
      if (position < account_.floor && !one.finished)
        account_.waiting.emplace(position, std::nullopt);
  return {};
}

/// Says what is missing and goes on behind it; at the end of the walk when
/// nothing follows.
status log_walk::pass_damage(log_scanner& scanner, const std::string& why) {
  const auto from = scanner.position();
  const auto more = scanner.skip_to_next_group();
  if (!more)
    return more.error();
  const auto to = *more && scanner.position() < end_ ? scanner.position() : end_;
  account_.damaged.emplace_back(from, to);
  enter(from);
  at_ = from;
  const auto hurt = concerned({from, to, why}, *segments_);
  find(hurt.job, hurt.seq, fmt::format("positions {} to {} cannot be read: {}; {}", from, to, why, hurt.text));
  if (to == end_)
    scanner = log_scanner{segments_, end_};
  return {};
}

void log_walk::enter(log_position position) {
  if (!segment_.path.empty() && position < next_segment_)
    return;
  segment_ = segments_->covering(position).value_or(segment_);
  const auto next = segments_->next_after(segment_.header.start);
  next_segment_ = next ? next->header.start : end_;
}

status log_walk::check_group(const log_group& group) {
  enter(group.position);
  group_at_ = group.position;
  for (const auto& record : group.records)
    if (auto checked = check_record(record); !checked)
      return checked;
  return look_(group.position + group.header.bytes) ? status{} : verification_stopped();
}

void log_walk::check_padding(const log_record& record) {
  const auto used = record_header_bytes + record.body.size();
  const auto left = record_extent(record.body.size()) - used;
  // The group's bytes go on behind the body.
  const std::string_view padding{record.body.data() + record.body.size(), left};
  if (padding.find_first_not_of('\0') != std::string_view::npos)
    find({}, 0, "the bytes that fill up the record are not zero");
}

status log_walk::check_record(const log_record& record) {
  ++account_.records;
  at_ = record.position;
  check_padding(record);
  const auto undecodable = [&](const error& why) -> status {
    find({}, 0, why.detail);
    return {};
  };
  switch (record.type) {
  case record_type::event:
    if (const auto found = decode_event(record.body, record.position); !found)
      return undecodable(found.error());
    account_.waiting.emplace(record.position, 0);
    return {};
  case record_type::commit:
    return check_commit(record);
  case record_type::letter_closed: {
    const auto found = decode_letter_closed(record.body);
    if (!found)
      return undecodable(found.error());
    check_closed(*found);
    return {};
  }
  case record_type::answer: {
    const auto found = decode_answer(record.body);
    return found ? check_answer(*found) : undecodable(found.error());
  }
  case record_type::timer_fired: {
    const auto found = decode_timer_fired(record.body);
    if (!found)
      return undecodable(found.error());
    check_fired(*found);
    return {};
  }
  case record_type::delivered: {
    const auto found = decode_delivered(record.body);
    if (!found)
      return undecodable(found.error());
    check_delivered(*found);
    return {};
  }
  }
  return {};
}

// -- commits --------------------------------------------------------------------

status log_walk::check_commit(const log_record& record) {
  const auto found = decode_commit(record.body);
  if (!found) {
    find({}, 0, fmt::format("the commit at {} does not decode", record.position));
    return {};
  }
  const auto [at, is_new] = account_.jobs.try_emplace(found->what.job);
  if (is_new)
    if (auto begun = begin_job(*found, at->second); !begun)
      return begun;
  check_chain(*found, record);
  check_events(*found);
  check_emitted(*found);
  check_letters(*found);
  check_outgoing(*found);
  owe(*found);
  return check_effects(*found);
}

/// A job's first commit in the log: the first of all, unless retention
/// dropped some, or damage hides them.
status log_walk::begin_job(const commit_record& commit, log_account::job_account& job) {
  if (account_.trimmed() || !account_.damaged.empty()) {
    job.last = commit.last_before;
    job.hash = commit.previous_hash;
  }
  job.damages_before = account_.damaged.size();
  const auto bytes = rows_.get(keys::job(commit.what.job));
  if (!bytes && bytes.error().code != errc::storage_damaged)
    return bytes.error();
  job.first_in_view = 0;
  if (bytes && *bytes)
    if (const auto row = job_row::decode(**bytes))
      job.first_in_view = row->first_seq;
  return {};
}

void log_walk::check_chain(const commit_record& commit, const log_record& record) {
  auto& job = account_.jobs.at(commit.what.job);
  const auto seq = commit.what.entries.empty() ? commit.last_before : commit.last_before + 1;
  if (!chain_holds(record.body))
    find(commit.what.job, seq, fmt::format("the commit at {} does not have the hash of its bytes", at_));
  // Behind damage the chain cannot be followed, only taken up again.
  const auto known = job.damages_before == account_.damaged.size();
  if (known && commit.previous_hash != job.hash)
    find(commit.what.job, seq, fmt::format("the commit at {} does not follow the job's hash chain", at_));
  if (known ? commit.last_before != job.last : commit.last_before < job.last)
    find(commit.what.job, seq,
         fmt::format("the commit at {} begins behind seq {}, the log stands at {}", at_, commit.last_before, job.last));
  if (commit.what.fence < job.fence)
    find(commit.what.job, seq,
         fmt::format("the commit at {} has fence {} behind {}", at_, commit.what.fence, job.fence));
  if (commit.last_before + 1 == job.first_in_view && job.segment != segment_.header.start)
    job.first_fits = true;
  job.segment = segment_.header.start;
  job.damages_before = account_.damaged.size();
  job.hash = commit.hash;
  job.last = commit.last_before + commit.what.entries.size();
  job.fence = std::max(job.fence, commit.what.fence);
  if (commit.what.mode)
    job.mode = commit.what.mode;
  for (const auto& [source, cursor] : commit.what.cursors)
    job.cursors.insert_or_assign(source, cursor);
}

void log_walk::check_events(const commit_record& commit) {
  const auto& what = commit.what;
  const auto seq = commit.last_before + 1;
  for (const auto& [position, run] : what.attempts) {
    const auto waits = account_.waiting.find(position);
    if (waits == account_.waiting.end() && !account_.cannot_know(position))
      find(what.job, seq,
           fmt::format("the commit at {} tells a run of the event at {}, which is not pending", at_, position));
    if (waits != account_.waiting.end() && waits->second)
      ++*waits->second;
  }
  for (const auto position : what.finished)
    if (account_.waiting.erase(position) == 0 && !account_.cannot_know(position))
      find(what.job, seq,
           fmt::format("the commit at {} finishes the event at {}, which is not pending", at_, position));
  for (const auto& entry : what.entries) {
    const auto accepted = entry.kind == entry_kind::event || entry.kind == entry_kind::dead;
    if (accepted && std::find(what.finished.begin(), what.finished.end(), entry.body->position) == what.finished.end())
      find(what.job, entry.seq,
           fmt::format("the commit at {} does not finish the event at {}, which is its entry", at_,
                       entry.body->position));
  }
}

void log_walk::check_emitted(const commit_record& commit) {
  for (const auto& entry : commit.what.entries) {
    if (entry.kind != entry_kind::emitted)
      continue;
    const auto place = entry.seq - commit.last_before - 1; // of the entry in the commit
    const auto* cause =
        entry.caused_by >= 1 && entry.caused_by <= place ? &commit.what.entries[place - entry.caused_by] : nullptr;
    if (cause == nullptr || cause->kind == entry_kind::gap || cause->kind == entry_kind::emitted)
      find(commit.what.job, entry.seq,
           fmt::format("the commit at {} emits event {}, which no event of it caused", at_, entry.body->body.id));
  }
}

void log_walk::check_letters(const commit_record& commit) {
  const auto& entries = commit.what.entries;
  for (const auto& letter : commit.what.dead_letters) {
    const auto own = std::find_if(entries.begin(), entries.end(), [&](const stream_entry& entry) {
      return entry.seq == letter.seq && entry.kind == entry_kind::dead && entry.body->position == letter.position;
    });
    if (own == entries.end())
      find(letter.job, letter.seq, fmt::format("dead letter {} is not an entry of the commit at {}", letter.id, at_));
    account_.letters[letter.id] = {"open", letter, {}};
  }
}

} // namespace weir::storage
