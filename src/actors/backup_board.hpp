#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace weir::actors {

/// One backup, from the request to its end.
struct backup_row {
  enum class phase : std::uint8_t { waiting, running, done, failed };

  std::string id;
  phase state = phase::waiting;
  std::filesystem::path directory;
  timestamp started_at{};
  timestamp ended_at{};
  storage::backup_progress progress;
  std::string code;   ///< of the problem with which it failed
  std::string detail; ///< why it failed
  storage::backup_report report;
};

/// The backups of this node since its start, the last ten. One at a time is
/// under way. Any thread.
class backup_board {
public:
  /// @returns `state_conflict` while one is under way.
  [[nodiscard]] result<backup_row> add(const std::string& id, const std::filesystem::path& to, timestamp now);

  /// The one that waits is running from now on. Nothing when none waits.
  [[nodiscard]] std::optional<backup_row> begin();
  void note_progress(const storage::backup_progress& at);
  void end(const result<storage::backup_report>& made, timestamp now);

  /// Ends one that was running when its actor died.
  void abandon(timestamp now);

  [[nodiscard]] bool waits() const;
  [[nodiscard]] std::optional<backup_row> find(const std::string& id) const;

private:
  [[nodiscard]] backup_row* under_way();
  mutable std::mutex guard_;
  std::deque<backup_row> all_; ///< only the last one can be under way
};

} // namespace weir::actors
