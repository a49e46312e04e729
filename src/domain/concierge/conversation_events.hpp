#pragma once

#include "domain/handler_registry.hpp"

#include <vector>

namespace weir {

/// user.message.received, user.response.recorded and
/// conversation.intent_classified, one entry each.
[[nodiscard]] std::vector<handler_entry> conversation_event_entries(const retry_policy& policy);

} // namespace weir
