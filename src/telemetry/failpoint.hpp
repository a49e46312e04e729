#pragma once

/// Places where a test kills the program or an actor, and single deliberate
/// faults that the tests must notice. Both exist only in builds with the CMake option
/// WEIR_FAILPOINTS; in all others the macros leave nothing behind. What they
/// are told stands in the environment of the program:
///
///   WEIR_FP="before_wal=kill@17"  SIGKILL when this process comes there for
///                                 the 17th time; several with commas, and
///                                 "before_wal=count" only names one
///   WEIR_FP_REPORT=FILE           how often each place was passed, killed at and
///                                 thrown at, added up over processes; kept in
///                                 shared memory, so that a kill loses nothing
///                                 of it. A test writes into the last number of
///                                 a row how many of the next passes throw: an
///                                 exception ends the actor that came there,
///                                 and the message at hand
///   WEIR_MUTATION=no_sync         one fault, from the start on
///
/// A program that does not understand them ends with code 2.
#ifdef WEIR_FAILPOINTS

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir::failpoint {

/// Along the path of an event, then beside it.
inline constexpr std::array<std::string_view, 27> names{
    "after_read",                  ///< a request was read and nothing is done with it
    "before_wal",                  ///< the group is decided and not written
    "after_wal_before_sync",       ///< written and not synced
    "after_sync_before_ack",       ///< durable and nobody has heard of it
    "before_dispatch",             ///< in the log and its job has not heard of it
    "in_handler",                  ///< the handler has run and nothing of it is kept
    "before_commit",               ///< the effects are on their way to the log
    "after_commit_before_frames",  ///< committed and no client has heard of it
    "after_frames_before_settled", ///< clients are being told and the job has not gone on
    "in_replay",                   ///< a start has applied a group of the log
    "in_view_flush",               ///< the view is being written to disk
    "in_segment_roll",             ///< a new segment is reserved, synced or named
    "in_mark",                     ///< around the write of the high-water mark
    "in_trim",                     ///< between two steps of retention
    "in_backup",                   ///< between two steps or pieces of a backup
    // In the messages of each service, and of those who restart others.
    "ingest_message",
    "router_message",
    "broadcaster_message",
    "reader_message",
    "dead_letter_message",
    "operations_message",
    "inspector_message",
    "retention_message",
    "verifier_message",
    "timer_message",
    "shard_message",
    "supervisor_message",
};

enum class mutation : std::uint8_t {
  none,
  no_sync,                ///< the log is not synced
  ack_before_sync,        ///< it is, but nobody waits for it
  view_ahead,             ///< the view is written before the log
  no_torn_tail_check,     ///< whatever cannot be read counts as never acknowledged
  no_hash_check,          ///< checksums of records are not compared
  commit_without_effects, ///< records of handlers are not in their commit
};

/// A name that is not listed does not compile.
consteval std::size_t number_of(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == name)
      return i;
  throw "no failpoint has this name";
}

/// Counts, and kills the process or throws if it was told to.
void pass(std::size_t number);

[[nodiscard]] bool is_on(mutation which) noexcept;

} // namespace weir::failpoint

#define WEIR_FAILPOINT(name) ::weir::failpoint::pass(::weir::failpoint::number_of(name))
#define WEIR_MUTATED(which) ::weir::failpoint::is_on(::weir::failpoint::mutation::which)

#else

#define WEIR_FAILPOINT(name) static_cast<void>(0)
#define WEIR_MUTATED(which) false

#endif
