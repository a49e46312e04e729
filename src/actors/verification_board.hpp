#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace weir::actors {

/// One verification, from the request to what it found.
struct verification {
  enum class phase : std::uint8_t { waiting, running, done, failed };

  std::string id;
  phase state = phase::waiting;
  timestamp started_at{};
  timestamp ended_at{};
  std::uint64_t done_bytes = 0;
  std::uint64_t total_bytes = 0;
  std::string detail; ///< why it failed
  storage::verify_report report;
};

/// The verifications of this node since its start, the last ten. One at a
/// time is under way. Any thread.
class verification_board {
public:
  /// @returns `state_conflict` while one is under way.
  [[nodiscard]] result<verification> add(const std::string& id, timestamp now);

  /// The one that waits is running from now on. @returns its id, "" when none waits.
  [[nodiscard]] std::string begin();
  void note_progress(std::uint64_t done, std::uint64_t total);
  void end(result<storage::verify_report> found, timestamp now);

  /// Ends one that was running when its actor died.
  void abandon(const std::string& why, timestamp now);

  [[nodiscard]] bool waits() const;
  [[nodiscard]] std::optional<verification> find(const std::string& id) const;

private:
  [[nodiscard]] verification* under_way();
  mutable std::mutex guard_;
  std::deque<verification> all_; ///< only the last one can be under way
};

} // namespace weir::actors
