#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"
#include "domain/stream.hpp"
#include "storage/byte_codec.hpp"
#include "storage/log_format.hpp"
#include "storage/store.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Bodies of the log's records. Described in docs/storage-format.md. Readers
/// answer `storage_damaged` for bytes that do not decode to the last one.
namespace weir::storage {

// -- events ---------------------------------------------------------------------

[[nodiscard]] std::string encode_event(const event& body, timestamp accepted_at);
[[nodiscard]] result<accepted_event> decode_event(std::string_view bytes, log_position position);

/// Envelope and payload without the accept time, for emitted events.
void put_event(encoder& out, const event& body);
[[nodiscard]] event get_event(decoder& in);

// -- commits --------------------------------------------------------------------

/// Where a commit stands among those of its job.
struct commit_link {
  std::uint64_t hash = 0;          ///< over `previous_hash` and the body
  std::uint64_t previous_hash = 0; ///< of the job's commit before, 0 for the first
  sequence last_before = 0;        ///< the entries begin behind this number
};

struct commit_record : commit_link {
  job_commit what;                    ///< bodies of accepted events know only their position; without `outgoing`
  std::vector<log_position> outgoing; ///< of the events into other jobs, in front of it in its group
};

/// @param hash receives the new link of the job's hash chain: xxh3_64 over the
///   previous hash (8 bytes, little endian) and the commit's body.
/// @param outgoing where the events into other jobs lie.
[[nodiscard]] std::string encode_commit(const job_commit& what, sequence last_before, std::uint64_t previous_hash,
                                        std::uint64_t& hash, const std::vector<log_position>& outgoing = {});
[[nodiscard]] result<commit_record> decode_commit(std::string_view bytes);

/// Whether it can be written without what the first programs did not know.
[[nodiscard]] group_feature feature_of(const event& body) noexcept;
[[nodiscard]] group_feature feature_of(const job_commit& what) noexcept;

/// Whether the stored hash is the one of the stored bytes.
[[nodiscard]] bool chain_holds(std::string_view bytes);

/// What was written about one position before its body is read from the log.
[[nodiscard]] event_ptr event_at(log_position position);

// -- small ones -----------------------------------------------------------------

/// `reopened` takes a `discarded` back.
enum class closed_as : std::uint8_t { replayed = 1, discarded = 2, reopened = 3 };

/// The state that a letter is in afterwards.
[[nodiscard]] const char* letter_word(closed_as how) noexcept;

struct letter_closed_record {
  std::string letter;
  closed_as how = closed_as::discarded;
  timestamp at{};
};

[[nodiscard]] std::string encode_letter_closed(const letter_closed_record& record);
[[nodiscard]] result<letter_closed_record> decode_letter_closed(std::string_view bytes);

struct answer_record {
  idempotency once;
  timestamp at{};
  std::vector<appended_item> items; ///< without bodies
  std::vector<std::string> sources; ///< one per item
};

[[nodiscard]] std::string encode_answer(const answer_record& record);
[[nodiscard]] result<answer_record> decode_answer(std::string_view bytes);

struct timer_fired_record {
  timestamp due{};
  std::string id;
  log_position event = 0; ///< of the accepted event in front of it; 0: it had been accepted before
};

[[nodiscard]] std::string encode_timer_fired(const timer_fired_record& record);
[[nodiscard]] result<timer_fired_record> decode_timer_fired(std::string_view bytes);

[[nodiscard]] std::string encode_delivered(const std::vector<outbox_key>& rows);
[[nodiscard]] result<std::vector<outbox_key>> decode_delivered(std::string_view bytes);

// -- parts, shared with the rows of the view --------------------------------------

/// The rows of a commit with their keys, in order.
[[nodiscard]] std::vector<outbox_row> keyed_rows(const job_commit& what);
void put_asked(encoder& out, const job_commit& what, const std::vector<log_position>& outgoing);
void get_asked(decoder& in, commit_record& record);
void put_attempts(encoder& out, const std::vector<attempt>& runs);
[[nodiscard]] std::vector<attempt> get_attempts(decoder& in);
void put_cursors(encoder& out, const source_cursors& cursors);
[[nodiscard]] source_cursors get_cursors(decoder& in);
void put_letter(encoder& out, const dead_letter& letter);
[[nodiscard]] dead_letter get_letter(decoder& in);

} // namespace weir::storage
