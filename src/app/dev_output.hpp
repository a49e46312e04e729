#pragma once

#include "domain/event.hpp"

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

} // namespace weir::app
