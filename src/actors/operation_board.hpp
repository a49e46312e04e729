#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace weir::actors {

/// What became of one letter that could not be changed.
struct operation_failure {
  std::string letter;
  std::string code;
  std::string detail;
};

/// One bulk action, from the request to its end.
struct operation_row {
  enum class phase : std::uint8_t { running, done, cancelled, failed };

  std::string id;
  std::string kind; ///< "dead-letters.replay", "dead-letters.discard"
  std::string who;
  std::string rate;
  phase state = phase::running;
  timestamp started_at{};
  timestamp ended_at{};
  std::uint64_t total = 0;
  std::uint64_t done = 0;
  std::uint64_t skipped = 0; ///< were no longer open when their turn came
  std::uint64_t failed = 0;
  std::vector<operation_failure> failures; ///< the first few
  std::string detail;                      ///< why it failed as a whole
};

/// The bulk actions of this node since its start, the last hundred. What they
/// still have to do is known by OPERATIONS alone. Any thread.
class operation_board {
public:
  /// @returns `state_conflict` when too many run already.
  [[nodiscard]] status add(operation_row row);

  /// Changes a row under the lock, if it is there.
  void change(const std::string& id, const std::function<void(operation_row&)>& how);

  /// @returns `not_found`, or `state_conflict` when it does not run.
  [[nodiscard]] result<operation_row> cancel(const std::string& id, timestamp now);

  /// Ends what ran when its actor died.
  void abandon(timestamp now);

  [[nodiscard]] std::optional<operation_row> find(const std::string& id) const;
  /// The newest first.
  [[nodiscard]] std::vector<operation_row> list() const;

private:
  [[nodiscard]] operation_row* look_up(const std::string& id);
  mutable std::mutex guard_;
  std::deque<operation_row> all_;
};

} // namespace weir::actors
