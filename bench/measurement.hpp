#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weir::bench {

/// One figure of one side, for `bench/run`.
struct measurement {
  std::string workload;
  std::string side; ///< "weir" or "limit"
  double figure = 0;
  std::string unit;
  std::vector<std::pair<std::string, double>> also; ///< what else is worth knowing
};

/// One line of JSON on stdout.
void print(const measurement& what);

/// Adds up the time spent in the calls that are measured, by the clock and by
/// the processors of all threads. The latter says something on a busy machine too.
class stopwatch {
public:
  void begin();
  /// @returns nanoseconds since `begin`.
  std::uint64_t end();

  [[nodiscard]] double seconds() const noexcept {
    return static_cast<double>(wall_) / 1e9;
  }
  /// Processor time in microseconds for each of `count`.
  [[nodiscard]] double cpu_us(std::uint64_t count) const noexcept {
    return static_cast<double>(cpu_) / 1e3 / static_cast<double>(count);
  }

private:
  std::uint64_t wall_ = 0;
  std::uint64_t cpu_ = 0;
  std::uint64_t wall_began_ = 0;
  std::uint64_t cpu_began_ = 0;
};

/// Durations in nanoseconds.
class durations {
public:
  void add(std::uint64_t ns) {
    all_.push_back(ns);
  }
  /// @param part in [0, 1]. @returns milliseconds; 0 when there is none.
  [[nodiscard]] double quantile_ms(double part);
  [[nodiscard]] std::size_t size() const noexcept {
    return all_.size();
  }

private:
  std::vector<std::uint64_t> all_;
};

} // namespace weir::bench
