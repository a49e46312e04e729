#pragma once

#include "actors/messages.hpp"
#include "domain/sequencer.hpp"
#include "storage/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::actors {

/// How far a skip goes: over `count` steps, or up to an event or number that is
/// then next.
struct skip_target {
  std::optional<std::size_t> count;
  std::optional<sequence> seq;          ///< the number that the next event gets
  std::optional<log_position> position; ///< of the event that is then next
  std::string event_id;                 ///< the same by its id
};

/// Numbers that one skip uses up at most; the rest takes another one.
inline constexpr std::size_t most_skipped = 1'000;

/// Reads `{"count"}` of `job.skip`, or one of `{"seq"|"position"|"eventId"}`
/// of `job.skip_to`. @returns `malformed_json`, `validation_failed`.
[[nodiscard]] result<skip_target> read_skip(const question& what);

/// What a skip makes true.
struct skip_plan {
  storage::job_commit what; ///< only while the job is held
  std::vector<settled_event> settled;
  bool reached = false; ///< the target; otherwise nothing more could be skipped, or the limit is met
};

/// Steps over what would be handled next, in the order in which the job would
/// handle it: events become dead letters with the reason `skipped`, missing
/// numbers a gap. May block.
/// @returns `job_not_found`; `state_conflict` for an active job or when
/// nothing can be skipped now; `not_found` for a target that is not pending.
[[nodiscard]] result<skip_plan> plan_skip(const storage::store& from, const job_id& job, const skip_target& target,
                                          const sequencing_options& sequencing, timestamp now, const std::string& who);

} // namespace weir::actors
