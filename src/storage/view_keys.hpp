#pragma once

#include "domain/event.hpp"
#include "domain/stream.hpp"
#include "storage/outbox.hpp"

#include <optional>
#include <string>
#include <string_view>

/// Keys of the view: one letter, then parts. A part that others follow has
/// each NUL as 00 FF and ends with 00 01, so keys sort by parts; numbers are
/// 8 bytes, big endian. Described in docs/storage-format.md.
namespace weir::storage::keys {

inline constexpr std::string_view meta = "m";
inline constexpr std::string_view all_jobs = "j";
inline constexpr std::string_view all_pending = "p";
inline constexpr std::string_view all_stream = "s";
inline constexpr std::string_view all_events = "e";
inline constexpr std::string_view all_letters = "d";
inline constexpr std::string_view open_letters = "o";
inline constexpr std::string_view answer_times = "t";
inline constexpr std::string_view all_states = "S";
inline constexpr std::string_view all_records = "r";
inline constexpr std::string_view all_answers = "i";
inline constexpr std::string_view all_outbox = "x";
inline constexpr std::string_view all_outbox_ages = "a";
inline constexpr std::string_view all_sinks = "c";
inline constexpr std::string_view all_timers = "w";

[[nodiscard]] std::string job(std::string_view job);
[[nodiscard]] std::string states_of(std::string_view job); ///< prefix
[[nodiscard]] std::string state(std::string_view job, std::string_view handler);
[[nodiscard]] std::string stream_of(std::string_view job); ///< prefix
[[nodiscard]] std::string stream(std::string_view job, sequence seq);
[[nodiscard]] std::string pending_of(std::string_view job); ///< prefix
[[nodiscard]] std::string pending(std::string_view job, log_position position);
/// Sorts behind all pending events of the job, before those of the next.
[[nodiscard]] std::string behind_pending_of(std::string_view job);
[[nodiscard]] std::string events_of(std::string_view id); ///< prefix
[[nodiscard]] std::string event(std::string_view id, std::string_view source);
[[nodiscard]] std::string records_of(std::string_view collection); ///< prefix
[[nodiscard]] std::string record(std::string_view collection, std::string_view key);
[[nodiscard]] std::string letter(std::string_view id);
[[nodiscard]] std::string open_letter(std::string_view id);
[[nodiscard]] std::string answer(std::string_view key);
[[nodiscard]] std::string answer_time(timestamp at, std::string_view key);

[[nodiscard]] std::string outbox_of(std::string_view sink); ///< prefix
[[nodiscard]] std::string outbox(const outbox_key& row);
[[nodiscard]] std::string outbox_ages_of(std::string_view sink); ///< prefix
[[nodiscard]] std::string outbox_age(const outbox_key& row, timestamp at);
[[nodiscard]] std::string sink(std::string_view sink);
[[nodiscard]] std::string timer(timestamp due, std::string_view id);

/// What an outbox key names, and the time in a key of ages or timers.
[[nodiscard]] std::optional<outbox_key> split_outbox(std::string_view key);
[[nodiscard]] std::optional<timestamp> split_outbox_age(std::string_view key, std::string_view sink);
[[nodiscard]] std::optional<timestamp> split_timer(std::string_view key);

/// A key of texts for people: "record feedback/item-1".
[[nodiscard]] std::string readable(std::string_view key);

/// Whether the writer asks for rows of this kind again; entries of streams,
/// records and states it only writes.
[[nodiscard]] bool is_looked_up(std::string_view key);

/// Whether rows of this kind are read by prefix while they wait to be written:
/// pending events and states when a job starts, entries when a client resumes,
/// events that are looked at.
[[nodiscard]] bool is_listed(std::string_view key);

/// The front of a key of a listed kind that all rows of its list share: what
/// `pending_of`, `states_of`, `stream_of` or `events_of` answer.
[[nodiscard]] std::string_view list_of(std::string_view key);

/// Whether the prefix is one of those answers.
[[nodiscard]] bool is_list(std::string_view prefix);

/// The next key in order.
[[nodiscard]] std::string after(std::string key);

/// Whose state it is.
[[nodiscard]] std::optional<job_id> job_of_state(std::string_view key);

/// A job and the number behind it, from a stream or pending key.
struct job_number {
  job_id job;
  std::uint64_t number = 0;
};
[[nodiscard]] std::optional<job_number> split(std::string_view key);

/// What follows the time in a key of `answer_times`, and the time itself.
[[nodiscard]] std::optional<std::pair<timestamp, std::string>> split_answer_time(std::string_view key);

} // namespace weir::storage::keys
