#pragma once

#include "storage/batch_plan.hpp"
#include "storage/directory_lock.hpp"
#include "storage/disk_guard.hpp"
#include "storage/embedded_store.hpp"
#include "storage/high_water.hpp"
#include "storage/log_reader.hpp"
#include "storage/log_writer.hpp"
#include "storage/recovery.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>

namespace weir::storage {

/// The parts of an open store. Readers hold `life` shared, `close` alone.
struct embedded_store::state {
  embedded_options opts;
  std::optional<directory_lock> lock;
  std::shared_ptr<segment_table> segments;
  std::unique_ptr<log_writer> writer; ///< null when read-only
  std::string spare;                  ///< bytes of the group before; its memory is used again
  std::optional<high_water> water;    ///< nothing when read-only
  std::unique_ptr<log_reader> log;
  std::unique_ptr<view> rows;
  view::garbage_test dropped; ///< rows about records that retention dropped
  recovery_report recovered;
  store_uuid store_id{};
  store_uuid incarnation{};

  mutable std::shared_mutex life;
  bool closed = false;

  std::mutex writing; ///< one write at a time
  std::atomic<bool> failed{false};
  std::chrono::steady_clock::time_point marked{};
  bool is_tight = false;             ///< log and view save space; guarded by `writing`
  std::unique_ptr<disk_guard> guard; ///< thread-safe

  std::mutex trimming;              ///< one turn of retention at a time
  mutable std::shared_mutex pinned; ///< held shared by whoever needs that no file of the log goes
  std::uint64_t uncompacted = 0;    ///< bytes dropped since the view was compacted; guarded by `trimming`

  std::optional<batch_plan> plan; ///< what was staged and is in no group of the log yet; guarded by `writing`
  bool trim_waits = false;        ///< no new plan before retention had its turn; guarded by `writing`
  std::condition_variable turn;   ///< `plan` or `trim_waits` has changed, or the store is being closed

  mutable std::mutex figures;
  meta_row meta;                           ///< guarded by `figures`
  log_position head = 0;                   ///< guarded by `figures`
  log_position staged = 0;                 ///< all before was staged at least; guarded by `figures`
  std::atomic<bool> closing{false};        ///< nobody waits any more
  mutable std::condition_variable visible; ///< any of these three has changed

  /// For headers of groups and the age of what is garbage.
  [[nodiscard]] static timestamp time_of_day();
  [[nodiscard]] status usable() const;
  /// Whether anything may be written, and what the disk is like.
  [[nodiscard]] result<disk_report> check_disk();
  [[nodiscard]] status save_space(bool tight);
  /// Waits until what was staged before can be seen, or never will.
  void catch_up() const;
  [[nodiscard]] result<write_outcome> stage(const write_batch& batch, std::unique_lock<std::mutex>& held);
  /// Makes durable and visible what was staged.
  [[nodiscard]] status settle();
  void forget_plan();
  [[nodiscard]] status sync();
  [[nodiscard]] status make_durable(batch_plan& of);
  [[nodiscard]] status mark_durable();
  [[nodiscard]] error give_up(const error& why);
};

} // namespace weir::storage
