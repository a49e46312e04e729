#pragma once

#include "actors/messages.hpp"

#include <caf/actor_control_block.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace weir::actors {

/// What one actor wants to become durable.
struct store_request {
  caf::strong_actor_ptr by;
  std::variant<append_events, commit_job, discard_letter, fire_timers> what;
  std::size_t events = 1; ///< what it costs
  std::size_t bytes = 0;
  std::uint64_t number = 0; ///< of its arrival
};

/// Counts what the commit costs while it is near: the writer's thread, on which all wait, would wait for its memory.
[[nodiscard]] commit_job make_commit(std::uint64_t cookie, std::shared_ptr<storage::job_commit> what,
                                     std::optional<std::uint64_t> retractions = {});

/// How much one group holds, unless a single request is larger.
struct group_limits {
  /// Bounds the latency of a group.
  std::size_t events = 1'024;
  std::size_t bytes = std::size_t{8} << 20;
};

/// What waits for the STORE WRITER. Appends of many events wait in a lane of
/// their own and are in at most every second group while others wait too: a
/// single event does not stand in line behind a flood. Whatever a job appends
/// behind an append of many keeps its place behind it.
class store_lanes {
public:
  void add(store_request request);

  /// The requests of the next group, in an order that keeps every job's.
  [[nodiscard]] std::vector<store_request> next_group(const group_limits& limits);

  [[nodiscard]] bool is_empty() const noexcept {
    return light_.requests.empty() && heavy_.requests.empty();
  }
  /// Whether what is not in the lane of large appends fills a group.
  [[nodiscard]] bool is_full(const group_limits& limits) const noexcept {
    return light_.events >= limits.events || light_.bytes >= limits.bytes;
  }

private:
  struct lane {
    std::deque<store_request> requests;
    std::size_t events = 0;
    std::size_t bytes = 0;
  };

  static void move_front(lane& from, lane& into);
  /// Whether all that came before the first large append is gone.
  [[nodiscard]] bool may_overtake_none() const;
  [[nodiscard]] bool is_heavy(const store_request& request) const;
  void count_jobs(const append_events& what, bool added);

  lane light_;
  lane heavy_;
  std::uint64_t last_ = 0;
  bool heavy_waited_ = false; ///< the last group was without large appends although some waited
  /// How many events of a job the lane of large appends has, by the job's hash: two of one only take the same lane.
  std::unordered_map<std::uint64_t, std::size_t> heavy_jobs_;
};

} // namespace weir::actors
