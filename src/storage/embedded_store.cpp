#include "storage/embedded_store.hpp"

#include "storage/base.hpp"
#include "storage/dropped_rows.hpp"
#include "storage/embedded_state.hpp"
#include "storage/retention.hpp"
#include "storage/store_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

timestamp embedded_store::state::time_of_day() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

namespace {

/// Less, and RocksDB could not even start.
status check_room_to_open(const embedded_options& opts) {
  if (opts.read_only || opts.disk_floor_bytes == 0)
    return {};
  const auto space = space_of(opts.directory);
  if (!space)
    return space.error();
  std::error_code unknown;
  const auto is_first = !std::filesystem::exists(opts.directory / "log", unknown);
  const auto needed = disk_reserve / 2 + (is_first ? opts.segment_bytes : 0);
  if (space->free < needed)
    return fail(errc::disk_full, fmt::format("{} has {} MiB left, opening it needs {} MiB", opts.directory.string(),
                                             space->free >> 20, needed >> 20));
  return {};
}

/// Where the front of the log was dropped, only the base knows what it said;
/// a base that also knows what is lost now cannot be taken back to before.
status check_base(const std::filesystem::path& directory, const recovery::refusal& lost) {
  const auto base = newest_base(directory);
  if (!base)
    return base.error();
  if (!*base)
    return {};
  const auto covers = meta_of((*base)->path);
  if (!covers)
    return covers.error();
  if (covers->position > lost.what.from)
    return fail(errc::storage_damaged,
                fmt::format("the log is damaged from position {} on, and {} already covers {}: this data cannot be "
                            "given up in part; restore a backup",
                            lost.what.from, (*base)->path.string(), covers->position));
  return {};
}

result<recovered_store> recover(const embedded_options& opts, timestamp now, const store_uuid& random) {
  auto first = std::make_unique<recovery>(opts, random);
  auto found = first->run();
  if (found || !first->refused() || !opts.accept_data_loss || opts.read_only)
    return found;
  const auto lost = *first->refused();
  const auto why = found.error().detail;
  if (auto possible = check_base(opts.directory, lost); !possible)
    return possible.error();
  first.reset(); // closes the view before it is moved
  if (auto moved = set_aside(opts, lost, random, now); !moved)
    return moved.error();
  found = recovery{opts, random}.run();
  if (found) {
    found->report.lost_data = true;
    found->report.detail = why;
  }
  return found;
}

} // namespace

embedded_store::embedded_store(std::unique_ptr<state> opened) : state_(std::move(opened)) {
  // nop
}

embedded_store::~embedded_store() {
  // Nobody is left to hear of a failure; what is derived is replayed instead.
  (void)close();
}

result<std::unique_ptr<embedded_store>> embedded_store::open(embedded_options opts, timestamp now,
                                                             const std::array<std::uint8_t, 16>& random) {
  if (auto place = opts.read_only ? find_store(opts.directory) : make_directory(opts.directory); !place)
    return place.error();
  auto lock = directory_lock::take(opts.directory, opts.read_only);
  if (!lock)
    return lock.error();
  if (auto room = check_room_to_open(opts); !room)
    return room.error();
  auto found = recover(opts, now, random);
  if (!found)
    return found.error();
  auto opened = std::make_unique<state>();
  opened->opts = std::move(opts);
  opened->guard = std::make_unique<disk_guard>(
      opened->opts.directory,
      disk_limits{opened->opts.disk_floor_bytes, opened->opts.disk_floor_percent, opened->opts.segment_bytes});
  opened->lock = *std::move(lock);
  opened->segments = found->segments;
  opened->log = std::make_unique<log_reader>(found->segments);
  opened->rows = std::move(found->rows);
  opened->recovered = std::move(found->report);
  opened->store_id = found->tail.store_id;
  opened->incarnation = found->tail.incarnation;
  opened->meta = found->meta;
  opened->head = found->tail.end;
  opened->dropped = dropped_rows(opened->segments, opened->opts.dedupe_window, state::time_of_day);
  opened->rows->set_garbage(opened->dropped);
  if (opened->opts.read_only)
    return std::unique_ptr<embedded_store>{new embedded_store(std::move(opened))};
  const store_paths paths{opened->opts.directory};
  if (auto made = make_directory(paths.log); !made)
    return made.error();
  // What a killed process left in the page cache counts only once it is on disk.
  if (const auto last = found->segments->covering(found->tail.end))
    if (auto synced = sync_file(last->path); !synced)
      return synced.error();
  // The mark before the first segment: a log without one is refused.
  auto water = high_water::open(paths.root, {found->tail.store_id, found->tail.end, found->tail.next_group - 1});
  if (!water)
    return water.error();
  opened->water = *std::move(water);
  auto writer =
      log_writer::open({paths.log, opened->opts.segment_bytes, opened->opts.sync}, found->tail, found->segments, now);
  if (!writer)
    return writer.error();
  opened->writer = *std::move(writer);
  return std::unique_ptr<embedded_store>{new embedded_store(std::move(opened))};
}

recovery_report embedded_store::recovery() const {
  return state_->recovered;
}

status embedded_store::close() {
  state_->closing = true;
  // Under the locks: whoever is just about to wait looks before.
  { const std::scoped_lock both{state_->writing, state_->figures}; }
  state_->visible.notify_all();
  state_->turn.notify_all();
  const std::unique_lock alone{state_->life};
  if (state_->closed)
    return {};
  state_->closed = true;
  status answer;
  if (state_->writer && !state_->failed) {
    // What does not fit any more was never acknowledged.
    if (auto done = state_->settle(); !done && done.error().code != errc::disk_full)
      answer = done;
    // Without a sync of its own, the mark and the view may be ahead of the log.
    if (answer && !state_->opts.sync)
      answer = state_->writer->sync();
    const auto& tail = state_->writer->tail();
    if (answer)
      answer = state_->water->advance({state_->store_id, tail.end, tail.next_group - 1});
    if (answer)
      answer = state_->water->sync();
    if (answer)
      answer = state_->rows->close(disk().state != disk_state::exhausted);
  }
  state_->rows.reset();
  state_->writer.reset();
  state_->lock.reset();
  return answer;
}

store_stats embedded_store::stats() const {
  const std::shared_lock alive{state_->life};
  store_stats figures;
  figures.kind = "embedded";
  figures.store_id = to_hex(state_->store_id.data(), state_->store_id.size());
  figures.incarnation = to_hex(state_->incarnation.data(), state_->incarnation.size() / 2);
  const std::scoped_lock lock_figures{state_->figures};
  figures.jobs = state_->meta.jobs;
  figures.pending = state_->meta.pending;
  figures.pending_bytes = state_->meta.pending_bytes;
  figures.dead_letters = state_->meta.open_letters;
  figures.timers = state_->meta.timers;
  figures.outbox = state_->meta.outbox;
  figures.log_bytes = state_->head - state_->segments->floor();
  for (const auto& kept : state_->segments->kept())
    figures.log_bytes += kept->bytes();
  figures.head = state_->head;
  if (!state_->closed)
    figures.view_bytes = state_->rows->bytes();
  return figures;
}

disk_report embedded_store::disk() const {
  // A file system that cannot be asked takes nothing either.
  const auto seen = state_->guard->look();
  return seen ? *seen : disk_report{disk_state::exhausted, 0, {}};
}

} // namespace weir::storage
