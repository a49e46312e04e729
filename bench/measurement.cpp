#include "measurement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace weir::bench {

void print(const measurement& what) {
  auto line = fmt::format(R"({{"workload":"{}","side":"{}","figure":{:.6g},"unit":"{}")", what.workload, what.side,
                          what.figure, what.unit);
  for (const auto& [name, value] : what.also)
    line += fmt::format(R"(,"{}":{:.6g})", name, value);
  fmt::print("{}}}\n", line);
  std::fflush(stdout);
}

double durations::quantile_ms(double part) {
  if (all_.empty())
    return 0;
  auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(all_.size() - 1));
  std::nth_element(all_.begin(), all_.begin() + at, all_.end());
  return static_cast<double>(all_[static_cast<std::size_t>(at)]) / 1e6;
}

} // namespace weir::bench
