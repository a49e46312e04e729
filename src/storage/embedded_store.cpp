#include "storage/embedded_store.hpp"

#include "storage/base.hpp"
#include "storage/dropped_rows.hpp"
#include "storage/embedded_state.hpp"
#include "storage/retention.hpp"
#include "storage/store_rules.hpp"
#include "telemetry/failpoint.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace weir::storage {

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
  opened->dropped = dropped_rows(opened->segments, opened->opts.dedupe_window, [] {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  });
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

// -- writing --------------------------------------------------------------------

status embedded_store::state::usable() const {
  if (closed)
    return fail(errc::storage_unavailable, "the store is closed");
  return {};
}

error embedded_store::state::give_up(const error& why) {
  failed = true;
  return fail(errc::storage_unavailable, why.detail);
}

result<disk_report> embedded_store::state::check_disk() {
  auto seen = guard->look();
  if (!seen)
    return give_up(seen.error());
  if (seen->state == disk_state::exhausted)
    return disk_refusal(*seen);
  if (auto saved = save_space(seen->state == disk_state::low); !saved)
    return saved.error().code == errc::disk_full ? saved.error() : give_up(saved.error());
  return seen;
}

status embedded_store::state::save_space(bool tight) {
  if (tight == is_tight)
    return {};
  if (auto held = rows->hold_compaction(tight); !held)
    return held;
  writer->begin_segments_of(tight ? std::min(small_segment, opts.segment_bytes) : opts.segment_bytes);
  is_tight = tight;
  return {};
}

status embedded_store::state::mark_durable() {
  const auto& tail = writer->tail();
  const water_mark mark{store_id, tail.end, tail.next_group - 1};
  if (opts.sync)
    return water->advance(mark);
  // Durability "os": the mark may only say what has been synced, now and then.
  constexpr std::chrono::milliseconds every{100};
  const auto now = std::chrono::steady_clock::now();
  if (now - marked < every)
    return {};
  marked = now;
  if (auto synced = writer->sync(); !synced)
    return synced;
  return water->advance(mark);
}

status embedded_store::state::make_durable(batch_plan& plan) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const auto group = plan.group().number();
  auto bytes = plan.group().finish(now);
  auto changes = plan.rows().take(writer->tail().end + bytes.size(), group);
  if (WEIR_MUTATED(view_ahead))
    if (auto ahead = rows->apply(changes); !ahead || !(ahead = rows->flush()))
      return give_up(ahead.error());
  WEIR_FAILPOINT("before_wal");
  if (auto written = writer->append(bytes, now); !written)
    return written.error().code == errc::disk_full ? written : status{give_up(written.error())};
  if (auto marked_now = mark_durable(); !marked_now)
    return give_up(marked_now.error());
  if (bytes.capacity() <= most_spare)
    spare = std::move(bytes);
  if (auto applied = rows->apply(changes); !applied)
    return give_up(applied.error());
  const std::scoped_lock lock_figures{figures};
  meta = plan.rows().meta();
  head = writer->tail().end;
  return {};
}

result<write_outcome> embedded_store::state::write(const write_batch& batch) {
  if (writer == nullptr)
    return fail(errc::storage_unavailable, "the store is open for reading only");
  if (failed)
    return fail(errc::storage_unavailable, "an earlier write failed");
  const auto seen = check_disk();
  if (!seen)
    return seen.error();
  const auto no_appends = seen->state == disk_state::ok ? std::nullopt : std::optional{disk_refusal(*seen)};
  batch_plan plan{*rows, meta, writer->tail().end, writer->tail().next_group, opts.dedupe_window, std::move(spare)};
  auto outcome = plan.decide(batch, no_appends);
  if (!outcome)
    return give_up(outcome.error());
  if (plan.group().empty())
    return outcome;
  if (auto durable = make_durable(plan); !durable)
    return durable.error();
  return outcome;
}

result<write_outcome> embedded_store::write(const write_batch& batch) {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  const std::scoped_lock one{state_->writing};
  if (WEIR_MUTATED(commit_without_effects)) {
    auto poorer = batch;
    for (auto& commit : poorer.commits)
      commit.records.clear();
    return state_->write(poorer);
  }
  return state_->write(batch);
}

status embedded_store::close() {
  const std::unique_lock alone{state_->life};
  if (state_->closed)
    return {};
  state_->closed = true;
  status answer;
  if (state_->writer && !state_->failed) {
    // Without a sync of its own, the mark and the view may be ahead of the log.
    if (!state_->opts.sync)
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
