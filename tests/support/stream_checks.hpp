#pragma once

#include "support/node_fixture.hpp"

#include <string>

namespace weir::testing {

/// Checks what must be true of one job's stream whatever happened: dense
/// numbers, every accepted event once, numbered events in the order of their
/// numbers, the others in the order of their acceptance, emitted events with
/// their cause, records and state exactly those of the events that succeeded.
/// @returns what is wrong, "" when nothing is.
[[nodiscard]] std::string wrong_with_stream(const node_fixture& node, const job_id& job);

} // namespace weir::testing
