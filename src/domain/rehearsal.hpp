#pragma once

#include "domain/processor.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// What one accepted event led to, as far as clients and readers see it.
struct event_outcome {
  std::string word;                                         ///< "done", "retry", "dead", "park", "crash"
  std::string code;                                         ///< of a failure
  std::string detail;                                       ///< of a failure
  std::vector<std::pair<std::string, std::string>> emitted; ///< (type, JSON text), in order
  friend bool operator==(const event_outcome&, const event_outcome&) = default;
};

/// One event, then and now.
struct rehearsed_event {
  sequence seq = 0;
  std::string id;
  std::string type;
  event_outcome before;
  event_outcome after;
};

/// Runs other handlers over events of one job that were processed before, with
/// a state of their own, and tells what they would have done. Writes nothing;
/// what the handlers ask for is only looked at. Retries are not waited for:
/// the first run of an event counts.
class rehearsal {
public:
  /// @param handlers those of them that run in another process are left out,
  ///   see `left_out`.
  explicit rehearsal(const handler_registry& handlers);

  /// @param entries one accepted event's own entry, then what was emitted.
  [[nodiscard]] rehearsed_event run(const std::vector<stream_entry>& entries);

  /// The last document of each record that was asked for: (collection, key).
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, std::string>& records() const noexcept;
  /// Names of handlers that cannot be rehearsed.
  [[nodiscard]] const std::vector<std::string>& left_out() const noexcept;

private:
  [[nodiscard]] event_outcome outcome_of(const event_ptr& body, sequence seq);

  std::shared_ptr<handler_registry> handlers_;
  std::unique_ptr<processor> work_;
  std::map<std::string, std::string> states_;
  std::map<std::pair<std::string, std::string>, std::string> records_;
  std::vector<std::string> left_out_;
};

/// What the stream tells of an event: its own entry, then what was emitted.
[[nodiscard]] event_outcome recorded_outcome(const std::vector<stream_entry>& entries);

} // namespace weir
