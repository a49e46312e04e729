#pragma once

#include "actors/node_services.hpp"

namespace weir::actors {

/// Answers incident.list, incident.get, incident.resolve, handler.pause and
/// handler.resume (README.md).
[[nodiscard]] result<answer> answer_incident(node_services& services, const question& what);

} // namespace weir::actors
