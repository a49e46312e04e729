#include "measurement.hpp"

#include "bench_event.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace weir::bench {

void print(const measurement& what) {
  auto line = fmt::format(R"({{"workload":"{}","side":"{}","figure":{:.6g},"unit":"{}")", what.workload, what.side,
                          what.figure, what.unit);
  for (const auto& [name, value] : what.also)
    line += fmt::format(R"(,"{}":{:.6g})", name, value);
  fmt::print("{}}}\n", line);
  std::fflush(stdout);
}

namespace {

std::uint64_t cpu_ns() {
  timespec spent{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) != 0)
    return 0;
  return static_cast<std::uint64_t>(spent.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(spent.tv_nsec);
}

} // namespace

void stopwatch::begin() {
  cpu_began_ = cpu_ns();
  wall_began_ = now_ns();
}

std::uint64_t stopwatch::end() {
  auto taken = now_ns() - wall_began_;
  wall_ += taken;
  cpu_ += cpu_ns() - cpu_began_;
  return taken;
}

double durations::quantile_ms(double part) {
  if (all_.empty())
    return 0;
  auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(all_.size() - 1));
  std::nth_element(all_.begin(), all_.begin() + at, all_.end());
  return static_cast<double>(all_[static_cast<std::size_t>(at)]) / 1e6;
}

} // namespace weir::bench
