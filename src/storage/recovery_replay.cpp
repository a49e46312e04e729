#include "storage/recovery.hpp"
#include "storage/view_editor.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>

// The part of recovery that brings the view up to the end of the log.

namespace weir::storage {

namespace {

constexpr std::size_t rows_at_once = 20'000;

} // namespace

log_position recovery::known_end() const {
  const auto last = usable_ == 0 ? first_log_position : listing_.sound[usable_ - 1].header.start;
  return std::max(last, mark_ ? mark_->position : 0);
}

result<bool> recovery::apply_group(const log_group& group, view_editor& editor) {
  const auto end = group.position + group.header.bytes;
  if (end <= found_.meta.position)
    return true;
  if (group.position < found_.meta.position)
    return false; // the view ends inside a group: it is of another log
  for (const auto& record : group.records) {
    if (auto done = editor.replay(record); !done) {
      if (done.error().code == errc::storage_damaged)
        return false;
      return done.error();
    }
    ++found_.report.replayed_records;
  }
  return true;
}

status recovery::apply_staged(view_editor& editor, log_position covered, std::uint64_t group) {
  if (editor.changed() == 0)
    return {};
  auto rows = editor.take(covered, group);
  found_.meta = editor.meta();
  return found_.rows->apply(rows);
}

status recovery::tell(log_position reached) const {
  if (!opts_.progress)
    return {};
  const auto end = std::max(known_end(), reached);
  const auto done = reached > replayed_from_ ? reached - replayed_from_ : 0;
  if (opts_.progress({reached, done, std::max(end, replayed_from_) - replayed_from_, found_.report.rebuilt_view}))
    return {};
  return fail(errc::timed_out, "the start was stopped; what was replayed so far may have to be replayed again");
}

result<recovery::log_end> recovery::replay() {
  log_end end;
  found_.report.replayed_records = 0;
  if (usable_ == 0)
    return end;
  const auto covering = found_.segments->covering(found_.meta.position);
  log_scanner scanner{found_.segments, covering ? covering->header.start : listing_.sound.front().header.start};
  replayed_from_ = found_.meta.position;
  auto editor = std::make_unique<view_editor>(*found_.rows, found_.meta);
  for (;;) {
    const auto step = scanner.next();
    if (!step)
      return step.error();
    end.position = scanner.position();
    end.next_group = scanner.expected().value_or(1);
    if (*step != log_scanner::outcome::group) {
      if (*step == log_scanner::outcome::broken)
        end.broken = scanner.reason();
      break;
    }
    const auto applied = replay_group(scanner.current(), end, editor);
    if (!applied)
      return applied.error();
    if (!*applied)
      return astray_at(scanner.current());
  }
  if (auto done = apply_staged(*editor, end.position, end.next_group - 1); !done)
    return done.error();
  return end;
}

result<bool> recovery::replay_group(const log_group& group, const log_end& end, std::unique_ptr<view_editor>& editor) {
  auto applied = apply_group(group, *editor);
  if (!applied || !*applied)
    return applied;
  WEIR_FAILPOINT("in_replay");
  if (auto goes_on = tell(end.position); !goes_on)
    return goes_on.error();
  if (editor->changed() < rows_at_once)
    return true;
  if (auto done = apply_staged(*editor, end.position, end.next_group - 1); !done)
    return done.error();
  editor = std::make_unique<view_editor>(*found_.rows, found_.meta);
  return true;
}

recovery::log_end recovery::astray_at(const log_group& group) {
  log_end end{group.position, group.header.number, "the group does not continue what lies in front of it", true};
  return end;
}

} // namespace weir::storage
