#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "storage/store.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace weir::actors {

enum class store_task_phase : std::uint8_t { waiting, running, done, failed };

/// "running" from the request on, then "done" or "failed".
[[nodiscard]] const char* word_of(store_task_phase phase) noexcept;

/// A long task on the store, from the request to its end.
template <class Progress, class Report>
struct store_task {
  using progress_type = Progress;
  using report_type = Report;

  std::string id;
  store_task_phase state = store_task_phase::waiting;
  timestamp started_at{};
  timestamp ended_at{};
  Progress progress{};
  std::string code;   ///< of the problem with which it failed
  std::string detail; ///< why it failed
  Report report{};
};

/// How many bytes a verification has read, of how many.
struct verify_bytes {
  std::uint64_t done = 0;
  std::uint64_t total = 0;
};

struct verification_task : store_task<verify_bytes, storage::verify_report> {
  static constexpr const char* noun = "verification";
};

struct backup_task : store_task<storage::backup_progress, storage::backup_report> {
  static constexpr const char* noun = "backup";
  std::filesystem::path directory;
};

/// The tasks of one kind since the node's start, the last ten. One at a time
/// is under way. Any thread.
template <class Task>
class store_task_board {
public:
  /// Takes one that waits from now on, under its id.
  /// @returns `state_conflict` while another one is under way.
  [[nodiscard]] result<Task> add(Task task, timestamp now) {
    const std::scoped_lock lock{guard_};
    if (const auto* other = under_way())
      return fail(errc::state_conflict, std::string{Task::noun} + " " + other->id + " is under way");
    if (all_.size() == most_tasks)
      all_.pop_front();
    task.started_at = now;
    return all_.emplace_back(std::move(task));
  }

  /// The one that waits is running from now on. Nothing when none waits.
  [[nodiscard]] std::optional<Task> begin() {
    const std::scoped_lock lock{guard_};
    if (!waiting())
      return std::nullopt;
    all_.back().state = store_task_phase::running;
    return all_.back();
  }

  void note_progress(const typename Task::progress_type& at) {
    const std::scoped_lock lock{guard_};
    if (auto* one = under_way())
      one->progress = at;
  }

  void end(const result<typename Task::report_type>& made, timestamp now) {
    const std::scoped_lock lock{guard_};
    auto* one = under_way();
    if (one == nullptr)
      return;
    if (made) {
      one->report = *made;
      close(*one, store_task_phase::done, now);
    } else {
      close(*one, store_task_phase::failed, now, made.error());
    }
  }

  /// Ends one that was running when its actor died.
  void abandon(timestamp now) {
    const std::scoped_lock lock{guard_};
    if (auto* one = under_way(); one != nullptr && one->state == store_task_phase::running)
      close(*one, store_task_phase::failed, now, {errc::internal, "the actor that ran it crashed"});
  }

  [[nodiscard]] bool waits() const {
    const std::scoped_lock lock{guard_};
    return waiting();
  }

  [[nodiscard]] std::optional<Task> find(const std::string& id) const {
    const std::scoped_lock lock{guard_};
    const auto found = std::ranges::find(all_, id, &Task::id);
    return found == all_.end() ? std::optional<Task>{} : *found;
  }

private:
  static constexpr std::size_t most_tasks = 10;

  [[nodiscard]] bool waiting() const {
    return !all_.empty() && all_.back().state == store_task_phase::waiting;
  }

  [[nodiscard]] Task* under_way() {
    return all_.empty() || all_.back().state > store_task_phase::running ? nullptr : &all_.back();
  }

  static void close(Task& one, store_task_phase state, timestamp now, const error& why = {}) {
    one.state = state;
    one.ended_at = now;
    if (state == store_task_phase::failed) {
      one.code = problem_of(why.code).name;
      one.detail = why.detail;
    }
  }

  mutable std::mutex guard_;
  std::deque<Task> all_; ///< only the last one can be under way
};

} // namespace weir::actors
