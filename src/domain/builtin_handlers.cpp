#include "domain/builtin_handlers.hpp"

#include "domain/concierge/concierge_handler.hpp"
#include "domain/demo/crash_handler.hpp"
#include "domain/demo/effects_handler.hpp"
#include "domain/demo/slow_handler.hpp"
#include "domain/engagement/engagement_handler.hpp"
#include "domain/feedback/feedback_handler.hpp"
#include "domain/metrics/metrics_pack.hpp"
#include "domain/pipeline/pipeline_handler.hpp"

#include <utility>

namespace weir {

status register_builtin_handlers(handler_registry& registry, retry_policy policy, run_limits limits, bool demo,
                                 std::vector<metric_rule> metrics) {
  std::vector<handler_entry> entries;
  entries.push_back(feedback_entry(policy));
  entries.push_back(engagement_entry(policy));
  entries.push_back(pipeline_entry(policy));
  for (auto& entry : concierge_entries(policy))
    entries.push_back(std::move(entry));
  for (auto& entry : metric_entries(policy, std::move(metrics)))
    entries.push_back(std::move(entry));
  if (demo)
    entries.insert(entries.end(), {crash_entry(policy), slow_entry(policy)});

  for (auto& entry : entries) {
    entry.limits = limits;
    if (auto added = registry.add(std::move(entry)); !added)
      return added;
  }
  return demo ? add_effects_entries(registry, policy) : status{};
}

} // namespace weir
