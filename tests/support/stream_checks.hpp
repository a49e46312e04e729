#pragma once

#include "support/node_fixture.hpp"

#include <string>
#include <vector>

namespace weir::testing {

// What must be true of a node at every moment between two messages, whatever
// happened before. Each @returns what is wrong, "" when nothing is.

/// One job's stream: dense numbers from 1, every accepted event once, numbered
/// events in the order of their numbers, the others in the order of their
/// acceptance, emitted events with their cause, records, rows and states
/// exactly those of the events that succeeded, a letter for each that died.
[[nodiscard]] std::string wrong_with_stream(const node_fixture& node, const job_id& job);

/// Every event that was ever accepted is done, dead or held: in exactly one
/// place. A memory store numbers what it accepts 1, 2, 3 ...
/// @param dropped copies under a taken number, which have no place.
[[nodiscard]] std::string wrong_with_sum(const node_fixture& node, const std::vector<job_id>& jobs,
                                         std::uint64_t dropped);

/// A replayed letter has one event in its place, every other letter none.
[[nodiscard]] std::string wrong_with_letters(const node_fixture& node, const std::vector<job_id>& jobs);

/// Once nothing is pending: what was sent to another job, or set a timer, did
/// so once; nothing else did.
[[nodiscard]] std::string wrong_with_caused(const node_fixture& node, const std::vector<job_id>& jobs);

/// What waits in the store, in the order of acceptance.
[[nodiscard]] std::vector<storage::pending_event> all_pending(const node_fixture& node, const job_id& job);

/// All letters that a node has, also closed ones.
[[nodiscard]] std::vector<dead_letter> all_letters(const node_fixture& node);

} // namespace weir::testing
