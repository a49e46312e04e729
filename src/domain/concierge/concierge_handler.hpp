#pragma once

#include "domain/concierge/payload_fields.hpp"
#include "domain/handler_registry.hpp"

#include <string>
#include <vector>

namespace weir {

/// What one type of event leads to. The payload is an object.
using reaction = outcome (*)(const event&, payload_fields&, context&);

/// Runs one reaction. Dead with "validation-failed" when the payload is not a
/// JSON object.
class concierge_handler : public handler {
public:
  explicit concierge_handler(reaction react);
  outcome handle(const event& ev, context& ctx) override;

private:
  reaction react_;
};

/// One entry: a type of event and what it leads to.
[[nodiscard]] handler_entry concierge_entry(std::string name, std::string type, std::string description, reaction react,
                                            const retry_policy& policy);

/// All eleven: user, conversation and system events.
[[nodiscard]] std::vector<handler_entry> concierge_entries(const retry_policy& policy);

} // namespace weir
