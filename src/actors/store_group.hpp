#pragma once

#include "actors/messages.hpp"
#include "actors/store_lanes.hpp"
#include "domain/job_holdings.hpp"

#include <caf/actor_control_block.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::actors {

/// What one write has done to the counts of the node.
struct group_count {
  std::uint64_t accepted = 0; ///< new events, also those that handlers and timers made
  std::uint64_t caused = 0;   ///< of these, what handlers and timers made
  std::uint64_t finished = 0;
};

/// Requests that the store decides together, and what it answered.
class store_group {
public:
  /// @param now when a discarded letter is closed.
  void take(store_request request, timestamp now);

  [[nodiscard]] group_count count() const;

  /// All new events, in the order of the log.
  [[nodiscard]] events_written news() const;

  /// Whether somebody waits for the end of one of its events.
  [[nodiscard]] bool is_awaited() const;

  /// Whether jobs have its events before they are durable.
  [[nodiscard]] bool is_out() const;

  /// When the first of the timers goes off that its commits have set.
  [[nodiscard]] std::optional<timestamp> first_timer() const;

  /// Counts in what jobs hold and no longer hold.
  void account(job_holdings& held, timestamp now) const;

  /// All of it has not happened.
  void refuse(const error& why);

  template <class T>
  struct asked {
    caf::strong_actor_ptr by;
    std::uint64_t cookie = 0;
    T what;
  };
  struct append_facts {
    bool is_held = false;
    bool is_awaited = false;
  };

  std::vector<asked<append_facts>> appends;
  std::vector<asked<std::shared_ptr<storage::job_commit>>> commits; ///< empty until they are given back
  std::vector<asked<std::string>> discards;
  std::vector<asked<std::size_t>> fires; ///< `what`: how many timers
  storage::write_batch batch;
  storage::write_outcome outcome;
  std::size_t events = 0; ///< what it costs
  std::optional<events_written>
      to_hand_on; ///< its new events, when their jobs must not hear of them before it is durable

private:
  void add(append_events& msg, caf::strong_actor_ptr by);
  void add(commit_job& msg, caf::strong_actor_ptr by);
  void add(discard_letter& msg, caf::strong_actor_ptr by, timestamp now);
  void add(fire_timers& msg, caf::strong_actor_ptr by);
  void account_append(job_holdings& held, std::size_t which) const;
};

} // namespace weir::actors
