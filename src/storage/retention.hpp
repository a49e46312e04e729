#pragma once

#include "storage/embedded_state.hpp"

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace weir::storage {

/// One turn of retention: drops whole segments from the front of the log.
///
/// Order, so that a crash at any point loses nothing: events that are still
/// needed are written to a kept file; the jobs' first numbers are raised; a
/// base of the view is made, which from then on stands for the front; only
/// then are the segments removed, oldest first. Whatever did not happen is
/// done by the next turn.
class retention_turn {
public:
  retention_turn(embedded_store::state& of, timestamp now);

  [[nodiscard]] result<trim_report> run();

private:
  /// What the segments to drop say about events and jobs.
  struct front {
    std::unordered_set<log_position> finished;                ///< by commits in them
    std::unordered_set<log_position> letters;                 ///< positions of events that died in them
    std::map<job_id, sequence> last;                          ///< highest number committed in them
    std::map<log_position, std::vector<log_position>> events; ///< by segment

    [[nodiscard]] status note_commit(std::string_view body);
  };

  void choose();
  [[nodiscard]] result<front> read_front() const;
  [[nodiscard]] result<bool> is_needed(log_position position, bool finished, bool died) const;
  /// Adds the event to those that stay. @returns whether it is needed.
  [[nodiscard]] result<bool> keep_if_needed(log_position position, bool finished, bool died,
                                            std::vector<event_to_keep>& staying) const;
  [[nodiscard]] status keep_events(const front& what);
  [[nodiscard]] status keep_again(const front& what);
  [[nodiscard]] status write_kept_file(log_position start, std::vector<event_to_keep> events);
  [[nodiscard]] status trim_jobs(const front& what);
  [[nodiscard]] status make_base();
  [[nodiscard]] status remove_front();
  [[nodiscard]] status compact();

  embedded_store::state& of_;
  timestamp now_;
  std::vector<segment_file> going_; ///< segments to drop
  log_position floor_ = 0;          ///< where the log begins then
  std::vector<log_position> empty_kept_;
  trim_report report_;
};

} // namespace weir::storage
