#pragma once

#include "actors/node_services.hpp"

#include <string>
#include <vector>

/// What the STORE WRITER cannot say itself while the disk holds it, and others
/// while they are stuck.
namespace weir::actors {

/// Shows the disk to probes and metrics; a change is logged once. Any thread.
void note_disk(node_services& services, const storage::disk_report& seen);

/// The same after the store refused a whole write for lack of room, which the
/// free space need not show (a quota). Counts until a write succeeds, or for
/// 5 s.
void note_full_disk(node_services& services, const error& why);

/// Whether the write in flight takes longer than 2 s. Asks nobody, so that it
/// answers while the disk is frozen. Any thread.
[[nodiscard]] bool is_stalled(const node_services& services);

/// Whether nobody would take events or hand them on: INGEST or ROUTER have
/// not answered for 10 s, though they were asked every second. Any thread.
[[nodiscard]] bool is_deaf(const node_services& services);

/// Logs once that a stall began or ended. For one thread.
void note_stall(node_services& services);

/// Why the node takes events badly or not at all: "disk: ...", "store: ...".
[[nodiscard]] std::vector<std::string> complaints(const node_services& services);

} // namespace weir::actors
