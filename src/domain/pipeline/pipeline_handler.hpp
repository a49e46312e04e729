#pragma once

#include "domain/handler_registry.hpp"

namespace weir {

/// pipeline.run, pipeline.step, pipeline.decision -> metrics. See README.md in
/// this folder.
class pipeline_handler final : public handler {
public:
  /// Dead with "validation-failed", "limit-exceeded" or "history-trimmed".
  outcome handle(const event& ev, context& ctx) override;
};

[[nodiscard]] handler_entry pipeline_entry(retry_policy policy);

} // namespace weir
