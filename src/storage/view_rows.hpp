#pragma once

#include "domain/result.hpp"
#include "domain/stream.hpp"
#include "storage/log_format.hpp"
#include "storage/record_codec.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Values of the view. All derive from the log; described in
/// docs/storage-format.md; those of streams in stream_row.hpp. Reading answers `storage_damaged` for bytes that
/// do not decode to the last one.
namespace weir::storage {

/// Format 1 knows no timers and no rows for sinks, formats 1 and 2 have a
/// stream row for each entry; they become 3 with the first write.
inline constexpr std::uint32_t view_format_version = 3;

/// What the view covers, and counters, so that nobody counts by scanning.
struct meta_row {
  store_uuid store_id{};
  log_position position = first_log_position; ///< everything before is in the view
  std::uint64_t group = 0;                    ///< number of the last group
  std::uint64_t jobs = 0;
  std::uint64_t entries = 0;
  std::uint64_t pending = 0;
  std::uint64_t pending_bytes = 0;
  std::uint64_t open_letters = 0;
  std::uint64_t timers = 0;
  std::uint64_t outbox = 0; ///< rows that wait for sinks

  [[nodiscard]] std::string encode() const;
  /// @returns `unsupported` for a newer format.
  [[nodiscard]] static result<meta_row> decode(std::string_view bytes);
};

struct job_row {
  sequence first_seq = 1;
  sequence last_seq = 0;
  std::uint64_t fence = 0; ///< highest seen
  std::uint64_t hash = 0;
  job_mode mode = job_mode::active;
  std::string mode_reason;
  timestamp updated_at{};
  source_cursors cursors;
  /// No handler ever kept a state: nobody looks for one. Rows of formats 1 and 2 do not say so and may have any.
  bool may_have_states = false;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<job_row> decode(std::string_view bytes);
};

struct pending_row {
  std::uint64_t payload_bytes = 0;
  timestamp accepted_at{};
  std::string id;
  std::string source;
  std::vector<attempt> attempts;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<pending_row> decode(std::string_view bytes);
};

enum class event_stage : std::uint8_t { accepted = 0, retrying = 1, processed = 2, dead = 3, discarded = 4 };

struct event_row {
  log_position position = 0; ///< 0 for an emitted event
  log_position made_at = 0;  ///< of the record that made this row: the highest of an id is the newest
  timestamp accepted_at{};
  job_id job;
  sequence seq = 0;
  event_stage stage = event_stage::accepted;
  std::vector<attempt> attempts; ///< failed runs before the last, once finished

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<event_row> decode(std::string_view bytes);
  /// Only the position; 0 as well when the bytes do not decode.
  [[nodiscard]] static log_position position_in(std::string_view bytes);
};

struct letter_row {
  dead_letter letter;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<letter_row> decode(std::string_view bytes);
};

/// A row that waits for a sink; its key says which.
struct waiting_row {
  timestamp at{};
  std::string row;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<waiting_row> decode(std::string_view bytes);
};

/// How many rows wait for one sink.
struct sink_count {
  std::uint64_t pending = 0;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<sink_count> decode(std::string_view bytes);
};

/// The event of a timer; its key says when.
struct timer_row {
  event body;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static result<timer_row> decode(std::string_view bytes);
};

/// The word of `event_report::status`.
[[nodiscard]] const char* stage_word(event_stage stage) noexcept;

} // namespace weir::storage
