#pragma once

#include "actors/letter_selection.hpp"
#include "actors/node_services.hpp"

#include <caf/stateful_actor.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>

namespace weir::actors {

struct operations_state {
  static inline const char* name = "operations";

  explicit operations_state(operations_actor::pointer actor) : self(actor) {
    // nop
  }

  void answer(const ask_node& msg);
  void discarded(const letter_discarded& msg);
  void handled(const letter_handled& msg);
  void go_on(const tick_operation& msg);
  void try_again(const tick_letter& msg);

  operations_actor::pointer self;
  services_ptr services;

private:
  /// What one operation still has to do.
  struct run {
    run(bool replays, std::string by, std::vector<letter_turn> all, token_bucket at)
        : is_replay(replays), who(std::move(by)), turns(std::move(all)), tokens(at) {
      // nop
    }

    bool is_replay;
    bool cancelled = false;
    bool waits = false; ///< a tick is on its way
    std::string who;
    std::vector<letter_turn> turns;
    std::size_t next = 0;
    std::size_t open = 0;                        ///< turns without an answer
    std::unordered_set<std::uint32_t> busy;      ///< jobs of the open turns
    std::unordered_set<std::size_t> in_the_dark; ///< turns that were not answered once
    token_bucket tokens;
  };
  using run_map = std::map<std::string, run>;

  [[nodiscard]] result<actors::answer> ask(const question& what);
  [[nodiscard]] result<actors::answer> begin(const question& what);
  void advance(run_map::iterator which);
  void take_turn(const std::string& id, run& of, std::size_t turn);
  void replay(const std::string& id, const run& of, std::size_t turn);
  void settle(const std::string& id, std::size_t turn, const status& how, std::chrono::milliseconds wait);
  void count(const std::string& id, run& of, std::size_t turn, const status& how);
  void finish(run_map::iterator which);

  run_map runs_;
  std::map<std::uint64_t, std::pair<std::string, std::size_t>> discards_; ///< cookie -> operation, turn
  std::uint64_t cookie_ = 0;
};

/// OPERATIONS replays and discards many dead letters: at a pace, those of one
/// job one after the other and in their order.
///
/// Data path    actors/operations -> actors/ingest -> actors/store_writer
/// Owns         what is left of each bulk action; how far it is stands on the board.
/// Supervisor   actors/node_supervisor: restart.
/// On start     gives up what ran when it crashed, if it did.
/// Quits on     an exception, and when the node stops.
/// Never        holds letters in memory, only where they lie.
operations_actor::behavior_type operations(operations_actor::stateful_pointer<operations_state> self,
                                           services_ptr services);

} // namespace weir::actors
