#include "storage/embedded_state.hpp"
#include "storage/embedded_store.hpp"
#include "storage/store_rules.hpp"
#include "telemetry/failpoint.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

// How a batch gets into the log, and from there to those who read.

namespace weir::storage {

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

status embedded_store::state::make_durable(batch_plan& of) {
  const auto now = time_of_day();
  const auto group = of.group().number();
  auto bytes = of.group().finish(now);
  auto changes = of.rows().take(writer->tail().end + bytes.size(), group);
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
  const std::scoped_lock figures_lock{figures};
  meta = of.rows().meta();
  head = writer->tail().end;
  return {};
}

void embedded_store::state::forget_plan() {
  plan.reset();
  {
    const std::scoped_lock figures_lock{figures};
    staged = head;
  }
  visible.notify_all();
  turn.notify_all();
}

status embedded_store::state::settle() {
  if (!plan)
    return {};
  auto done = plan->group().empty() ? status{} : make_durable(*plan);
  forget_plan();
  return done;
}

status embedded_store::state::sync() {
  if (!failed)
    return settle();
  forget_plan();
  return fail(errc::storage_unavailable, "an earlier write failed");
}

void embedded_store::state::catch_up() const {
  std::unique_lock figures_lock{figures};
  const auto wanted = staged;
  visible.wait(figures_lock, [&] { return head >= wanted || staged < wanted || closing; });
}

result<write_outcome> embedded_store::state::stage(const write_batch& batch, std::unique_lock<std::mutex>& held) {
  if (!plan)
    turn.wait(held, [this] { return !trim_waits || closing; });
  if (writer == nullptr)
    return fail(errc::storage_unavailable, "the store is open for reading only");
  if (failed)
    return fail(errc::storage_unavailable, "an earlier write failed");
  const auto seen = check_disk();
  if (!seen)
    return seen.error();
  const auto no_appends = seen->state == disk_state::ok ? std::nullopt : std::optional{disk_refusal(*seen)};
  if (!plan)
    plan.emplace(*rows, meta, writer->tail().end, writer->tail().next_group, opts.dedupe_window, std::move(spare));
  auto outcome = plan->decide(batch, no_appends);
  if (!outcome) {
    forget_plan();
    return give_up(outcome.error());
  }
  if (plan->group().empty())
    return outcome;
  const std::scoped_lock figures_lock{figures};
  staged = plan->group().next();
  return outcome;
}

result<write_outcome> embedded_store::stage(const write_batch& batch) {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open.error();
  std::unique_lock one{state_->writing};
  if (WEIR_MUTATED(commit_without_effects)) {
    auto poorer = batch;
    for (auto& commit : poorer.commits)
      commit.records.clear();
    return state_->stage(poorer, one);
  }
  return state_->stage(batch, one);
}

status embedded_store::sync() {
  const std::shared_lock alive{state_->life};
  if (auto open = state_->usable(); !open)
    return open;
  const std::scoped_lock one{state_->writing};
  return state_->sync();
}

} // namespace weir::storage
