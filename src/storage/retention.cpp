#include "storage/retention.hpp"

#include "domain/dead_letter.hpp"
#include "storage/base.hpp"
#include "storage/store_rules.hpp"
#include "storage/view_keys.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace weir::storage {

namespace {

/// Segments that one turn drops at most: bounds what it holds in memory.
constexpr std::size_t most_segments = 16;

/// Job rows changed while the writer waits.
constexpr std::size_t jobs_at_once = 500;

status unlink_file(const std::filesystem::path& path) {
  std::error_code code;
  std::filesystem::remove(path, code);
  return code ? status{file_error("remove", path, code)} : status{};
}

} // namespace

retention_turn::retention_turn(embedded_store::state& of, timestamp now) : of_(of), now_(now) {
  // nop
}

result<trim_report> retention_turn::run() {
  choose();
  report_.floor = of_.segments->floor();
  if (going_.empty())
    return report_;
  // What is dropped frees space, but the view is flushed before.
  if (const auto disk = of_.guard->look(); !disk || disk->free_bytes < disk->marks.reserve / 2)
    return disk ? disk_refusal(*disk) : disk.error();
  const auto what = read_front();
  if (!what)
    return what.error();
  for (const auto step : {&retention_turn::keep_events, &retention_turn::keep_again, &retention_turn::trim_jobs}) {
    if (auto done = (this->*step)(*what); !done)
      return done.error();
    WEIR_FAILPOINT("in_trim");
  }
  for (const auto step : {&retention_turn::make_base, &retention_turn::remove_front, &retention_turn::compact}) {
    if (auto done = (this->*step)(); !done)
      return done.error();
    WEIR_FAILPOINT("in_trim");
  }
  return report_;
}

// -- what goes ------------------------------------------------------------------

void retention_turn::choose() {
  const auto& limits = of_.opts.retention;
  const auto all = of_.segments->list();
  log_position head = 0;
  {
    const std::scoped_lock lock{of_.figures};
    head = of_.head;
  }
  for (std::size_t i = 0; i + 1 < all.size() && going_.size() < most_segments; ++i) {
    // A segment was written to until the next one was made.
    const auto written_until = all[i + 1].header.created;
    const auto too_old = limits.age.count() > 0 && written_until + limits.age <= now_;
    const auto too_much = limits.bytes > 0 && head - all[i].header.start > limits.bytes;
    if (!too_old && !too_much)
      break;
    going_.push_back(all[i]);
    floor_ = all[i + 1].header.start;
  }
}

result<retention_turn::front> retention_turn::read_front() const {
  front what;
  log_scanner scanner{of_.segments, going_.front().header.start};
  while (scanner.position() < going_.back().header.start || scanner.position() < floor_) {
    const auto step = scanner.next();
    if (!step)
      return step.error();
    if (*step == log_scanner::outcome::broken)
      return fail(errc::storage_damaged, fmt::format("position {}: {}; nothing is dropped, run weir verify",
                                                     scanner.position(), scanner.reason()));
    if (*step == log_scanner::outcome::end || scanner.current().position >= floor_)
      break;
    const auto segment = of_.segments->covering(scanner.current().position);
    for (const auto& record : scanner.current().records) {
      if (record.type == record_type::event)
        what.events[segment->header.start].push_back(record.position);
      if (auto noted = record.type == record_type::commit ? what.note_commit(record.body) : status{}; !noted)
        return noted.error();
    }
  }
  return what;
}

status retention_turn::front::note_commit(std::string_view body) {
  const auto commit = decode_commit(body);
  if (!commit)
    return commit.error();
  finished.insert(commit->what.finished.begin(), commit->what.finished.end());
  for (const auto& letter : commit->what.dead_letters)
    letters.insert(letter.position);
  auto& newest = last[commit->what.job];
  newest = std::max(newest, commit->last_before + commit->what.entries.size());
  return {};
}

// -- what stays -----------------------------------------------------------------

result<bool> retention_turn::is_needed(log_position position, bool finished, bool died) const {
  if (!finished)
    return true; // it waits, or its entry is behind the floor
  if (!died)
    return false;
  const auto bytes = of_.rows->get(keys::letter(dead_letter_id(position)));
  if (!bytes)
    return bytes.error();
  if (!*bytes)
    return false;
  const auto row = letter_row::decode(**bytes);
  if (!row)
    return row.error();
  const auto& letter = row->letter;
  // A discarded one can be put back for a while.
  return letter.state == "open" || (letter.state == "discarded" && within_window(letter.closed_at, now_, trash_window));
}

result<bool> retention_turn::keep_if_needed(log_position position, bool finished, bool died,
                                            std::vector<event_to_keep>& staying) const {
  auto needed = is_needed(position, finished, died);
  if (!needed || !*needed)
    return needed;
  const auto body = of_.log->body(position, record_type::event);
  if (!body)
    return body.error();
  staying.push_back({position, finished, encode_record(record_type::event, position, *body)});
  return true;
}

status retention_turn::keep_events(const front& what) {
  for (const auto& [start, positions] : what.events) {
    std::vector<event_to_keep> staying;
    for (const auto position : positions)
      if (auto kept =
              keep_if_needed(position, what.finished.contains(position), what.letters.contains(position), staying);
          !kept)
        return kept.error();
    if (auto written = write_kept_file(start, std::move(staying)); !written)
      return written;
  }
  return {};
}

status retention_turn::keep_again(const front& what) {
  for (const auto& file : of_.segments->kept()) {
    if (what.events.contains(file->start()))
      continue; // written just now
    std::vector<event_to_keep> staying;
    auto changed = false;
    for (const auto& [position, one] : file->events()) {
      const auto finished = one.finished || what.finished.contains(position);
      const auto kept = keep_if_needed(position, finished, one.finished || what.letters.contains(position), staying);
      if (!kept)
        return kept.error();
      changed = changed || !*kept || finished != one.finished;
    }
    if (auto written = changed ? write_kept_file(file->start(), std::move(staying)) : status{}; !written)
      return written;
  }
  return {};
}

status retention_turn::write_kept_file(log_position start, std::vector<event_to_keep> events) {
  if (events.empty()) {
    empty_kept_.push_back(start);
    return {};
  }
  const auto log = of_.opts.directory / "log";
  if (auto written = write_kept(log, of_.store_id, start, events); !written)
    return written;
  auto file = kept_file::read(log / kept_name(start), of_.store_id);
  if (!file)
    return file.error();
  report_.kept_events += file->events().size();
  of_.segments->keep(std::make_shared<const kept_file>(*std::move(file)));
  return {};
}

// -- the switch -----------------------------------------------------------------

status retention_turn::trim_jobs(const front& what) {
  for (auto next = what.last.begin(); next != what.last.end();) {
    std::unique_lock lock{of_.writing};
    // What is staged has read rows of jobs as they were.
    of_.trim_waits = true;
    of_.turn.wait(lock, [this] { return !of_.plan || of_.failed || of_.closing; });
    of_.trim_waits = false;
    of_.turn.notify_all();
    if (of_.failed)
      return fail(errc::storage_unavailable, "an earlier write failed");
    if (of_.plan)
      return fail(errc::storage_unavailable, "the store is being closed");
    view_editor editor{*of_.rows, of_.meta};
    for (std::size_t n = 0; n < jobs_at_once && next != what.last.end(); ++n, ++next)
      if (auto trimmed = editor.trim(next->first, next->second + 1); !trimmed)
        return trimmed;
    if (auto applied = of_.rows->apply(editor.take(of_.meta.position, of_.meta.group)); !applied)
      return of_.give_up(applied.error());
  }
  return {};
}

status retention_turn::make_base() {
  const auto& root = of_.opts.directory;
  const auto known = newest_base(root);
  if (!known)
    return known.error();
  if (*known && (*known)->floor >= floor_)
    return {}; // an earlier turn got this far
  if (auto drafted = draft_base(root, *of_.rows); !drafted)
    return drafted.error();
  if (!of_.opts.sync) {
    // The base must not know more than the log after a power cut.
    const std::scoped_lock lock{of_.writing};
    if (auto synced = of_.writer->sync(); !synced)
      return of_.give_up(synced.error());
  }
  return publish_base(root, floor_);
}

status retention_turn::remove_front() {
  const std::unique_lock alone{of_.pinned};
  of_.segments->drop_before(floor_);
  for (const auto& segment : going_) {
    std::error_code unknown_size;
    const auto bytes = std::filesystem::file_size(segment.path, unknown_size);
    report_.dropped_bytes += unknown_size ? 0 : bytes;
    if (auto gone = unlink_file(segment.path); !gone)
      return gone;
    WEIR_FAILPOINT("in_trim");
    ++report_.dropped_segments;
  }
  for (const auto start : empty_kept_) {
    of_.segments->forget_kept(start);
    if (auto gone = unlink_file(of_.opts.directory / "log" / kept_name(start)); !gone)
      return gone;
  }
  report_.floor = floor_;
  if (auto synced = sync_directory(of_.opts.directory / "log"); !synced)
    return synced;
  WEIR_FAILPOINT("in_trim");
  return remove_other_bases(of_.opts.directory, floor_);
}

status retention_turn::compact() {
  // As much as is kept was dropped since the last time: rewriting the index
  // then costs no more than writing it did.
  of_.uncompacted += report_.dropped_bytes;
  std::uint64_t kept = 0;
  {
    const std::scoped_lock lock{of_.figures};
    kept = of_.head - floor_;
  }
  // Rewriting takes space before it frees some.
  const auto disk = of_.guard->look();
  if (of_.uncompacted < kept || !disk || disk->state != disk_state::ok)
    return {};
  of_.uncompacted = 0;
  for (const auto prefix : {keys::all_stream, keys::all_events, keys::all_letters})
    if (auto done = of_.rows->compact(prefix); !done)
      return done;
  return {};
}

result<trim_report> embedded_store::trim(timestamp now) {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  if (state_->writer == nullptr)
    return fail(errc::storage_unavailable, "the store is open for reading only");
  const std::scoped_lock one{state_->trimming};
  return retention_turn{*state_, now}.run();
}

} // namespace weir::storage
