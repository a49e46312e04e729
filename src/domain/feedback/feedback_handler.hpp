#pragma once

#include "domain/handler.hpp"
#include "domain/handler_registry.hpp"

namespace weir {

/// Turns "item.analyzed" into a feedback record: kept in the collection
/// "feedback" under its own id and told to clients as "feedback.recorded".
class feedback_handler : public handler {
public:
  /// Dead with "validation-failed" when the payload is not an object with a
  /// string `itemId`.
  outcome handle(const event& ev, context& ctx) override;
};

/// @param policy for this handler's retries; it asks for none itself.
[[nodiscard]] handler_entry feedback_entry(retry_policy policy);

} // namespace weir
