#pragma once

#include "storage/embedded_store.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace weir::app {

/// Where a long start is told of.
struct replay_outputs {
  std::function<void(const std::string& line)> draw;        ///< over the last line of a terminal; empty elsewhere
  std::function<void(const storage::replay_progress&)> log; ///< where `draw` is empty
  std::function<void()> takes_long;                         ///< once, when the first second is over
};

/// Tells people how far a start is with replaying the log: a bar on a
/// terminal, elsewhere a log line a second. What takes less than a second is
/// not worth a log line.
class replay_display {
public:
  /// @param now of a steady clock.
  replay_display(replay_outputs outputs, std::function<std::chrono::milliseconds()> now);

  void tell(const storage::replay_progress& at);

  /// Wipes the bar.
  void end();

private:
  void draw(const storage::replay_progress& at, std::chrono::milliseconds elapsed);

  replay_outputs outputs_;
  std::function<std::chrono::milliseconds()> now_;
  std::chrono::milliseconds began_;
  std::chrono::milliseconds drawn_;
  std::chrono::milliseconds logged_;
  std::size_t width_ = 0; ///< of the line that stands there
};

} // namespace weir::app
