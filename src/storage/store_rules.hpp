#pragma once

#include "storage/store.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

/// Decisions that every kind of store takes alike.
namespace weir::storage {

/// What `event_report::status` may say.
namespace event_status {
inline constexpr const char* accepted = "accepted";
inline constexpr const char* retrying = "retrying";
inline constexpr const char* processed = "processed";
inline constexpr const char* dead = "dead";
inline constexpr const char* discarded = "discarded";
} // namespace event_status

/// How long an idempotency key is remembered.
inline constexpr std::chrono::hours idempotency_window{24};

/// Whether something first seen at `first` still counts at `now`. A clock
/// that went back does not make it new.
[[nodiscard]] bool within_window(timestamp first, timestamp now, std::chrono::hours window);

/// Whether the producer's number of `body` lies at or below the committed
/// cursor of its source and in no declared gap: processed before, whatever
/// its id. Events without a number never are.
[[nodiscard]] bool is_processed_number(const source_cursors& committed, const event& body);

/// What a commit is measured against.
struct job_stand {
  sequence last_seq = 0;
  std::uint64_t fence = 0; ///< highest seen
  job_mode mode = job_mode::active;
};

/// Checks everything of a commit that does not need the pending events.
/// @returns `conflict` for a stale fence or a wrong expectation, `state_conflict`
///   for an active job that must be held, `internal` for entries that are not
///   dense or name no event.
[[nodiscard]] status check_commit(const job_commit& commit, const job_stand& stand);

/// The one of them at this position, or null. @param events ascending.
[[nodiscard]] event_ptr find_at(log_position position, const std::vector<event_ptr>& events);

/// Status of an accepted event once it is finished: by its entry, or
/// "discarded" when it left without one.
[[nodiscard]] const char* finished_status(const stream_entry* entry) noexcept;

/// Earlier failed runs and the runs of the entry, each once, oldest first.
[[nodiscard]] std::vector<attempt> merge_attempts(const std::vector<attempt>& earlier,
                                                  const std::vector<attempt>& runs);

/// The entries that the event at `cause` emitted itself.
[[nodiscard]] std::vector<stream_entry> emitted_by(const std::vector<stream_entry>& entries, sequence cause);

/// Adds the rows and timers that the event of the report, at `cause`, asked for.
void add_asked(const job_commit& commit, sequence cause, event_report& report);

/// Whether the letter is meant; empty fields of the filter do not restrict.
[[nodiscard]] bool matches(const dead_letter_filter& filter, const dead_letter& letter);

/// Whether a discarded letter may be opened again at `now`.
/// @returns `state_conflict` when it is not discarded, or too long ago.
[[nodiscard]] status check_reopening(const dead_letter& letter, timestamp now);

/// Bytes that one item costs a page.
[[nodiscard]] std::size_t page_cost(const event& body) noexcept;
[[nodiscard]] std::size_t page_cost(const stream_entry& entry) noexcept;

/// 32 lower-case hex digits.
[[nodiscard]] std::string to_hex(const std::uint8_t* bytes, std::size_t count);

} // namespace weir::storage
