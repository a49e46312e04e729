#pragma once

#include "domain/event.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What `weir dev` says. Pure; every text ends without a line break unless
/// it has several lines.
namespace weir::app {

struct dev_handler {
  std::string name;
  std::string pattern;
  std::string description;
};

struct dev_node {
  std::string version;
  std::string data_dir;
  bool ephemeral = false;
  std::string listen; ///< host:port that was taken
  std::string admin;
  std::vector<dev_handler> handlers;
};

/// Where everything is and what to type next.
[[nodiscard]] std::string dev_banner(const dev_node& node);

struct recovery_facts {
  std::uint64_t jobs = 0;
  std::uint64_t entries = 0;                             ///< numbers in all streams
  std::uint64_t pending = 0;                             ///< accepted, to be handled now
  std::vector<std::pair<std::string, sequence>> cursors; ///< of some jobs
  std::chrono::milliseconds took{0};
  bool lost_data = false; ///< an operator accepted that
};

/// "recovered 1 job, 3 events, cursor demo=3, 0 lost, 0 repeated effects (12 ms)"
[[nodiscard]] std::string recovery_sentence(const recovery_facts& facts);

/// "ready in 0.21s — press Ctrl-C to drain and stop"
[[nodiscard]] std::string ready_line(std::chrono::milliseconds took);

// -- the life of an event --------------------------------------------------------

/// "12:00:07.412  -->  demo    item.analyzed       [0199a3...]  api"
[[nodiscard]] std::string accepted_line(const accepted_event& what);

/// "12:00:19.101  <--  demo    feedback  retry 1, again in 2.1s  "no score"  weir event get 0199a4..."
[[nodiscard]] std::string retry_line(const accepted_event& what, const attempt& failed, std::chrono::milliseconds wait);

/// "12:00:07.413  <--  demo#1  feedback  ok 0.8 ms  emitted 1", also for gaps and dead letters.
[[nodiscard]] std::string committed_line(const job_id& job, const stream_entry& entry, std::size_t emitted);

} // namespace weir::app
