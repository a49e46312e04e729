#pragma once

#include "domain/handler_registry.hpp"

#include <vector>

namespace weir {

/// The system events, which say that work was completed elsewhere:
/// solution.research_complete, intro.completed, community.response_received
/// and account_manager.processing.completed, one entry each.
[[nodiscard]] std::vector<handler_entry> completion_event_entries(const retry_policy& policy);

} // namespace weir
