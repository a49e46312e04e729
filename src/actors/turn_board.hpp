#pragma once

#include "domain/fair_queue.hpp"

#include <caf/actor_addr.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace weir::actors {

/// Whose turn it is among the jobs of one shard. At most so many have a turn at
/// once; a turn lasts until the commit of its events is durable. Jobs ask here
/// instead of sending messages: as long as there are turns left, an asking
/// job has one at once, and only one that waits gets a message. Any thread.
class turn_board {
public:
  turn_board(fair_queue_options options, std::size_t at_once);

  /// @param wanted what the work at hand costs, see `turn_cost`.
  /// @returns how much the turn may cost, or 0: `take_turn` will be sent. Asking
  /// again changes rank and wish; during a turn the answer is that turn.
  [[nodiscard]] std::uint32_t ask(const caf::actor_addr& job, event_priority rank, std::uint32_t wanted);

  /// The job's turn is over. Nothing happens when it has none.
  void finish(const caf::actor_addr& job, std::uint32_t cost);

  /// The job is gone, with its turn or its place.
  void leave(const caf::actor_addr& job);

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::uint32_t quantum() const noexcept;

private:
  /// Gives the turns that are left. @param others those who must be told.
  /// @returns what the turn of the one who asks may cost; 0 when it has none.
  [[nodiscard]] std::uint32_t give(std::uint64_t asking, std::vector<caf::actor_addr>& others);
  static void tell(const std::vector<caf::actor_addr>& jobs);

  const std::uint32_t quantum_;
  const std::size_t at_once_;
  mutable std::mutex mutex_;
  fair_queue queue_;
  std::unordered_map<std::uint64_t, caf::actor_addr> waiting_; ///< by id of the actor
};

} // namespace weir::actors
