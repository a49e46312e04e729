#pragma once

#include "domain/stream.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

/// What waits outside of the streams: rows on their way to sinks, and timers.
namespace weir::storage {

/// Names one row for ever, and says its place: rows of a sink are ordered by
/// job, and within a job as they were committed.
struct outbox_key {
  std::string sink;
  job_id job;
  sequence seq = 0;     ///< the entry whose handler asked for the row
  std::uint64_t nr = 0; ///< 0, 1, 2 ... among the rows of that entry for that sink
  friend bool operator==(const outbox_key&, const outbox_key&) = default;
};

/// Sorts behind all rows of the sink and the job.
[[nodiscard]] inline outbox_key behind_job(std::string sink, job_id job) {
  constexpr auto highest = std::numeric_limits<std::uint64_t>::max();
  return {std::move(sink), std::move(job), highest, highest};
}

struct outbox_row {
  outbox_key key;
  timestamp at{}; ///< of the commit
  std::string row;
};

struct outbox_page {
  std::vector<outbox_row> rows;
  bool complete = false; ///< nothing waits behind the last one
};

/// What waits for one sink.
struct sink_backlog {
  std::string sink;
  std::uint64_t pending = 0;
  timestamp oldest{}; ///< when the oldest waiting row was committed
  friend bool operator==(const sink_backlog&, const sink_backlog&) = default;
};

/// Takes rows out once a sink has them. Rows that do not wait (any more) are
/// passed over, so that saying it twice does no harm.
struct delivered_request {
  std::vector<outbox_key> rows;
  timestamp at{};
};

/// Lets the event of a timer enter its job and takes the timer out, in one.
/// A timer that does not wait (any more) is no error: nothing happens.
struct fire_request {
  timestamp due{};
  std::string id; ///< of the timer's event
  timestamp at{}; ///< when it is accepted
};

struct timer_page {
  std::vector<timer> due;          ///< ascending
  std::optional<timestamp> next{}; ///< of the first timer behind them
};

} // namespace weir::storage
