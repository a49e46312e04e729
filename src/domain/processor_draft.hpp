#pragma once

#include "domain/processor.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weir {

// What the parts of the processor share; nobody else includes this.

/// Everything one run wants to become true, until it is known whether it does.
struct processor::draft {
  std::vector<attempt> earlier; ///< failed runs
  std::uint32_t number = 1;     ///< of this run
  timestamp now{};
  double chance = 0;
  processed_event wanted;
  std::vector<std::uint32_t> hops;                        ///< of each entry
  std::map<std::string, std::string, std::less<>> states; ///< changed ones; "" erases
  std::size_t entry = 0;                                  ///< whose handlers run
  std::optional<std::vector<std::size_t>> takers;         ///< of that entry
  std::size_t turn = 0;                                   ///< among them
  std::size_t outside = 0;                                ///< events sent and delayed so far
};

/// Why a run ends without effects.
struct processor::failure {
  outcome what;
  std::size_t handler = 0; ///< index into the registry
};

} // namespace weir
