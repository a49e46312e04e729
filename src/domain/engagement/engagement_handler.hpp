#pragma once

#include "domain/handler_registry.hpp"

namespace weir {

/// engagement.event.* -> normalised properties beside the unchanged payload, one
/// record per event. See README.md in this folder.
class engagement_handler final : public handler {
public:
  outcome handle(const event& ev, context& ctx) override;
};

[[nodiscard]] handler_entry engagement_entry(retry_policy policy);

/// The properties of one payload: {original, normalized_at, page, referrer,
/// duration, scroll_depth}. @param payload an object or null.
[[nodiscard]] json normalised_properties(const json& payload, const std::string& now);

} // namespace weir
