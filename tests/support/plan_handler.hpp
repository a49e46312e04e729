#pragma once

#include "domain/handler_registry.hpp"

#include <memory>
#include <string>
#include <vector>

namespace weir::testing {

/// Notes of all runs, "<event id>#<attempt>".
using run_notes = std::shared_ptr<std::vector<std::string>>;

/// A registry with one handler, "plan" on "work", that does what the payload
/// says (node_fixture.hpp).
[[nodiscard]] std::shared_ptr<const handler_registry> plan_handlers(run_notes notes);

} // namespace weir::testing
