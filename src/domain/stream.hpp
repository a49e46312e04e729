#pragma once

#include "domain/event.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir {

/// Short random-looking string that is fixed when a job's stream is born and
/// differs when the store is recreated or restored: what stops a client from
/// trusting position 10 of another stream. Derived, never stored:
/// 8 characters of base32 over xxh3_64(incarnation, job).
[[nodiscard]] std::string stream_epoch(std::string_view incarnation, std::string_view job);

/// Where a client resumes: after `seq` in the stream that `epoch` names.
struct stream_position {
  std::string epoch;
  sequence seq = 0;
  friend bool operator==(const stream_position&, const stream_position&) = default;
};

/// What one number of a job's stream stands for.
enum class entry_kind : std::uint8_t {
  event = 1,   ///< an accepted event, handled
  emitted = 2, ///< an event that a handler emitted into this job
  gap = 3,     ///< the source never sent [gap_from, gap_to]; the job went on
  dead = 4,    ///< an accepted event that went to the dead letters
};

/// A run of missing source numbers, both ends included.
struct missing_range {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  friend bool operator==(const missing_range&, const missing_range&) = default;
};

/// One run of one handler over one event.
struct attempt {
  std::uint32_t number = 0; ///< 1, 2, 3 ...
  timestamp at{};
  std::string handler;
  std::string outcome; ///< "ok", "skip", "retry", "dead", "crash"
  std::string code;    ///< problem name or the handler's own code; "" for ok
  std::string detail;  ///< at most 255 bytes
  std::uint32_t duration_us = 0;
  friend bool operator==(const attempt&, const attempt&) = default;
};

/// A JSON document that an effect writes: the newest one of a key counts.
struct record_put {
  std::string collection;
  std::string key;
  std::string document; ///< JSON text
  friend bool operator==(const record_put&, const record_put&) = default;
};

/// A committed row on its way to a sink, in order per (sink, job).
struct sink_row {
  std::string sink; ///< [a-z0-9-], 1-64 letters
  sequence seq = 0; ///< the entry whose handler asked for it
  std::string row;  ///< JSON text
  friend bool operator==(const sink_row&, const sink_row&) = default;
};

/// A committed event that enters its job at `due`. Its id is the body's id,
/// unique within the node; its source is `timer_source`.
struct timer {
  timestamp due{};
  event body;
  friend bool operator==(const timer&, const timer&) = default;
};

/// Who says that a timer is due. Sources that begin with "weir" are the node's own.
inline constexpr std::string_view timer_source = "weir-timer";

/// One committed number of a job's stream.
struct stream_entry {
  sequence seq = 0;
  entry_kind kind = entry_kind::event;
  event_ptr body;              ///< event, dead: as accepted; emitted: position 0; gap: null
  std::string gap_source;      ///< gap only
  missing_range gap{};         ///< gap only
  std::vector<attempt> runs;   ///< what handlers did with it, oldest first
  std::uint32_t caused_by = 0; ///< emitted only: seq of the cause = seq - caused_by
};

/// How far the numbers of one (job, source) are known.
struct source_cursor {
  bool known = false;                 ///< false: nothing seen yet
  std::uint64_t seq = 0;              ///< highest source number passed
  std::vector<missing_range> missing; ///< declared gaps below `seq`, ascending
  friend bool operator==(const source_cursor&, const source_cursor&) = default;
};

using source_cursors = std::map<std::string, source_cursor, std::less<>>;

/// Whether a job takes part in processing.
enum class job_mode : std::uint8_t {
  active = 0,
  paused = 1, ///< an operator said so
  parked = 2, ///< its supervisor gave up; an operator must resume it
};

/// What is remembered of an event that will not be processed without an
/// operator. The original bytes stay in the log at `position`.
struct dead_letter {
  std::string id; ///< "dl_" + 16 hex digits of the position
  job_id job;
  sequence seq = 0; ///< where the stream records it
  log_position position = 0;
  std::string event_id;
  std::string event_type;
  std::string source;
  std::string handler;     ///< "" when no handler was involved (late)
  std::string code;        ///< reason: a problem name or the handler's own code
  std::string detail;      ///< at most 255 bytes
  std::string fingerprint; ///< 16 hex digits over (handler, code, normalised detail)
  std::vector<attempt> attempts;
  timestamp accepted_at{};
  timestamp died_at{};
  std::string state = "open"; ///< "open", "replayed", "discarded"
  timestamp closed_at{};      ///< replayed or discarded then; open: 0
  friend bool operator==(const dead_letter&, const dead_letter&) = default;
};

} // namespace weir
