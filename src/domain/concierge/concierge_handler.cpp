#include "domain/concierge/concierge_handler.hpp"

#include "domain/concierge/completion_events.hpp"
#include "domain/concierge/conversation_events.hpp"
#include "domain/concierge/user_events.hpp"

#include <iterator>
#include <utility>

namespace weir {

concierge_handler::concierge_handler(reaction react) : react_(react) {}

outcome concierge_handler::handle(const event& ev, context& ctx) {
  payload_fields payload{ev};
  if (auto refused = payload.refusal())
    return *std::move(refused);
  return react_(ev, payload, ctx);
}

handler_entry concierge_entry(std::string name, std::string type, std::string description, reaction react,
                              const retry_policy& policy) {
  handler_entry entry;
  entry.name = std::move(name);
  entry.pattern = on(std::move(type));
  entry.description = std::move(description);
  entry.make = [react] { return std::make_unique<concierge_handler>(react); };
  entry.retry = policy;
  return entry;
}

std::vector<handler_entry> concierge_entries(const retry_policy& policy) {
  auto all = user_event_entries(policy);
  for (auto family : {conversation_event_entries(policy), completion_event_entries(policy)})
    std::move(family.begin(), family.end(), std::back_inserter(all));
  return all;
}

} // namespace weir
