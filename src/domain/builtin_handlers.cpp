#include "domain/builtin_handlers.hpp"

#include "domain/demo/crash_handler.hpp"
#include "domain/feedback/feedback_handler.hpp"

namespace weir {

status register_builtin_handlers(handler_registry& registry, retry_policy policy, bool demo) {
  std::vector<handler_entry> entries;
  entries.push_back(feedback_entry(policy));
  if (demo)
    entries.push_back(crash_entry(policy));

  for (auto& entry : entries) {
    if (auto added = registry.add(std::move(entry)); !added)
      return added;
  }
  return {};
}

} // namespace weir
