#pragma once

#include "domain/handler_registry.hpp"

#include <vector>

namespace weir {

/// user.inquiry.solution_needed, community.request_needed,
/// user.intro_inquiry and user.verified, one entry each.
[[nodiscard]] std::vector<handler_entry> user_event_entries(const retry_policy& policy);

} // namespace weir
