#pragma once

#include "domain/stream.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir {

/// An event that a handler asks for, in the job of its cause.
struct emitted_event {
  std::string type;
  std::string data; ///< JSON text
  friend bool operator==(const emitted_event&, const emitted_event&) = default;
};

/// What one handler wants to become true; committed with the cursor or not at all.
struct effects {
  std::vector<record_put> records;
  std::vector<emitted_event> emitted;
  std::optional<std::string> state; ///< JSON text; "null" erases
  friend bool operator==(const effects&, const effects&) = default;
};

} // namespace weir
