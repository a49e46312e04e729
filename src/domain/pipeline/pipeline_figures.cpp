#include "domain/pipeline/pipeline_figures.hpp"

namespace weir {

double elimination_ratio(std::uint64_t input, std::uint64_t output) noexcept {
  if (input == 0)
    return 0;
  return 1 - static_cast<double>(output) / static_cast<double>(input);
}

} // namespace weir
