#pragma once

#include "domain/error.hpp"
#include "domain/handler_runner.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace weir {

/// What became of one released event and all that it caused.
struct processed_event {
  enum class kind : std::uint8_t {
    done,  ///< its effects wait for their commit
    retry, ///< again after `wait`
    dead,  ///< never again
    park,  ///< the job stops in front of it
    away,  ///< `call` runs elsewhere; `processor::resume` goes on with its answer
    held,  ///< `held_by` takes no event for now; `processor::proceed` after `wait`
  };
  kind what = kind::done;
  std::vector<stream_entry> entries; ///< done, dead: the event's own entry first, dense
  std::vector<record_put> records;
  std::vector<std::pair<std::string, std::string>> states;
  std::vector<event> outgoing; ///< into other jobs
  std::vector<sink_row> rows;
  std::vector<timer> timers;
  std::optional<dead_letter> letter; ///< dead only
  attempt failed;                    ///< retry, dead, park: the run that failed
  outcome said;                      ///< retry, dead, park: in the handler's own words
  std::chrono::milliseconds wait{0}; ///< retry, held: before the next run
  std::size_t handler = 0;           ///< away, held: index into the registry
  handler_call call;                 ///< away only
};

/// The dead end of an event: one entry, one letter, no effects.
/// @param runs oldest first; the last one is what it died of. Empty: late.
[[nodiscard]] processed_event bury(const event_ptr& body, sequence next, std::vector<attempt> runs, timestamp now,
                                   std::string code, std::string detail);

/// The dead end of an event that is not run (again): attempts exhausted by
/// crashes, or late.
[[nodiscard]] processed_event give_up(const event_ptr& body, sequence next, const std::vector<attempt>& earlier,
                                      timestamp now, errc reason, std::string detail);

/// Failed runs that count against the budget: those since an operator last
/// resumed the job.
[[nodiscard]] std::uint32_t counted_attempts(const std::vector<attempt>& runs) noexcept;

} // namespace weir
