#pragma once

#include "domain/event.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

namespace weir {

struct fair_queue_options {
  /// What one turn may cost at most; at least 1.
  std::uint32_t quantum = 128;
  /// Shares of low, normal and high while all three have somebody who waits.
  /// Weights and not a strict order, so that low ones are served as well.
  std::array<std::uint32_t, 3> weights{1, 4, 16};
};

/// Whose turn is next, and how much it may cost.
struct fair_turn {
  std::uint64_t key = 0;
  std::uint32_t allowance = 0; ///< 1 to the quantum
};

/// Decides whose turn it is among keys that have work: deficit round robin
/// after M. Shreedhar and G. Varghese, "Efficient Fair Queuing using Deficit
/// Round Robin" (SIGCOMM 1995), within each of three classes, and among the
/// classes by weight. Two differences: what a turn costs is told when it is
/// over, so a key that took more than allowed starts its next turn with the
/// debt; and what a key left unused it does not keep. Every step is O(1).
///
/// Of two keys of one class that want a quantum and more all the time, neither
/// gets more than two quanta ahead of the other. A class with weight w
/// gets w parts of the sum of the weights of those that wait.
/// Pure; one owner; no clock.
class fair_queue {
public:
  explicit fair_queue(fair_queue_options options = {});

  /// The key has work that may cost `wanted`, at least 1. Waits behind those of
  /// its class that wait; one that waits already keeps its place unless its
  /// class changes. Not for a key whose turn it is.
  void enter(std::uint64_t key, event_priority rank, std::uint32_t wanted);

  /// Begins the next turn; nothing when nobody waits.
  [[nodiscard]] std::optional<fair_turn> next();

  /// The turn is over. @param cost taken; what exceeds twice the quantum is forgiven.
  /// @returns whether there was one.
  bool finish(std::uint64_t key, std::uint32_t cost);

  /// Takes the key out, whatever it does.
  void forget(std::uint64_t key);

  [[nodiscard]] bool in_turn(std::uint64_t key) const;
  [[nodiscard]] std::uint32_t allowance(std::uint64_t key) const; ///< of its turn; 0 when it has none
  [[nodiscard]] bool is_waiting(std::uint64_t key) const;
  [[nodiscard]] std::size_t waiting() const noexcept;
  [[nodiscard]] std::size_t turns() const noexcept; ///< begun and not finished
  [[nodiscard]] std::size_t known() const noexcept; ///< keys that take memory

private:
  enum class stage : std::uint8_t { resting, waiting, in_turn };
  struct member {
    stage where = stage::resting;
    std::uint8_t rank = 0;
    std::uint32_t debt = 0; ///< below the quantum
    std::uint32_t wanted = 1;
    std::uint32_t allowance = 0; ///< of the turn under way
    std::list<std::uint64_t>::iterator place{};
  };
  struct ring {
    std::list<std::uint64_t> keys;
    std::int64_t credit = 0;
  };

  [[nodiscard]] ring& next_ring();
  void charge(ring& from, std::int64_t cost);

  fair_queue_options options_;
  std::array<ring, 3> rings_;
  std::size_t at_ = 2; ///< whose share is being served; high is first
  std::unordered_map<std::uint64_t, member> members_;
  std::size_t waiting_ = 0;
  std::size_t turns_ = 0;
};

/// What one event costs in a turn: 1, and 1 more for each 16 KiB of payload, so
/// that a turn of large events ends sooner. At most `quantum`.
[[nodiscard]] std::uint32_t turn_cost(std::size_t payload_bytes, std::uint32_t quantum) noexcept;

} // namespace weir
