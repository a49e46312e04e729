#pragma once

#include "domain/event.hpp"
#include "domain/probe_table.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::actors {

enum class actor_state : std::uint8_t { starting, idle, running, waiting, backoff, paused, parked, stopped };

/// All words that `to_word` may answer, in the order of the states.
inline constexpr std::array actor_state_words{"starting", "idle",   "running", "waiting",
                                              "backoff",  "paused", "parked",  "stopped"};

/// All kinds that a card may have.
inline constexpr std::array actor_kinds{"node",      "supervisor",  "store_writer", "store_reader", "ingest",
                                        "router",    "broadcaster", "dead_letter",  "inspector",    "operations",
                                        "retention", "verifier",    "backup",       "timer",        "shard",
                                        "job",       "subscriber"};

/// The word that users see.
[[nodiscard]] const char* to_word(actor_state state) noexcept;

/// What one actor publishes about itself: counters that the inspector reads
/// in O(1), also while a handler runs.
class actor_card {
public:
  actor_card(std::string actor_id, std::string actor_kind, std::string parent_id);

  const std::string id;     ///< "job:demo", "shard:012", "ingest"
  const std::string kind;   ///< "job", "shard", ...
  const std::string parent; ///< id of the supervisor, "" for the root
  std::atomic<actor_state> state{actor_state::starting};
  std::atomic<std::uint64_t> offered{0};                        ///< events sent to it
  std::atomic<std::uint64_t> taken{0};                          ///< of these, taken from the mailbox
  std::atomic<std::uint64_t> handled{0};                        ///< events finished since it started
  std::atomic<std::uint64_t> held{0};                           ///< events in its window
  std::atomic<std::uint64_t> restarts{0};                       ///< crashes so far
  std::atomic<sequence> cursor{0};                              ///< jobs: last committed number
  std::atomic<std::int64_t> since_us{0};                        ///< when it started, microseconds since 1970
  std::atomic<std::int64_t> active_us{0};                       ///< when it last did something
  std::atomic<std::uint64_t> retractions{0};                    ///< jobs: of the node, when it began
  std::atomic<bool> behind{false};                              ///< the store has events it was not offered
  std::atomic<event_priority> behind_rank{event_priority::low}; ///< highest of those, as far as known

  [[nodiscard]] std::uint64_t mailbox() const noexcept;

  /// A new actor takes the card over: its mailbox is empty, and it is behind nothing.
  void begin_anew(std::uint64_t retractions_now) noexcept;

  /// Raises `behind_rank`.
  void note_behind(event_priority rank) noexcept {
    if (behind_rank < rank)
      behind_rank = rank;
  }

  void note_error(std::string what, timestamp at);
  [[nodiscard]] std::pair<std::string, timestamp> last_error() const;

  /// What a job was doing when a handler threw; read by its supervisor.
  struct crash {
    log_position position = 0;
    std::uint32_t attempt = 0;
    std::string handler;
    std::string what;
  };
  void note_crash(crash what);
  /// The crash noted since the last call, if any.
  [[nodiscard]] std::optional<crash> take_crash();

private:
  friend class actor_board;

  mutable std::mutex mutex_;
  std::string error_;
  timestamp error_at_{};
  std::optional<crash> crash_;
  std::size_t place_ = 0; ///< among its siblings; of the board
};

using card_ptr = std::shared_ptr<actor_card>;

/// All cards of the node. Thread-safe.
class actor_board {
public:
  [[nodiscard]] card_ptr add(std::string id, std::string kind, std::string parent, timestamp now);
  void remove(const std::string& id);
  [[nodiscard]] card_ptr find(const std::string& id) const;
  /// Cards with id > `after`, ascending by id; `kind` "" means all.
  [[nodiscard]] std::vector<card_ptr> list(const std::string& kind, const std::string& after, std::size_t limit) const;
  /// The first ones by id.
  [[nodiscard]] std::vector<card_ptr> children(const std::string& parent, std::size_t limit) const;
  [[nodiscard]] std::map<std::string, std::size_t> count_by_kind() const;

  /// What all actors of one kind do, counted.
  struct tally {
    std::map<std::string, std::size_t> by_state; ///< word -> actors
    std::uint64_t mailbox = 0;
  };
  [[nodiscard]] std::map<std::string, tally> tally_by_kind() const;

private:
  using family = std::vector<card_ptr>;

  [[nodiscard]] const card_ptr* card_of(std::string_view id, std::uint64_t hash) const;
  void take_out(std::string_view id, std::uint64_t hash);

  mutable std::mutex mutex_;
  /// In no order, here and below one parent: to keep jobs in one costs more than all else that a card does.
  probe_table<card_ptr> cards_;               ///< by id
  std::map<std::string, std::size_t> counts_; ///< by kind: to look at every card takes long, with many jobs
  std::map<std::string, family> by_parent_;
};

} // namespace weir::actors
