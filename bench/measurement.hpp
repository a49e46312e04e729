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
