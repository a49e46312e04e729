#pragma once

#include "app/node_parts.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <random>

namespace weir::app {

/// A random source for jitter and ids; guarded, because all actors share it.
class random_source {
public:
  random_source() {
    auto seed = random_bytes();
    std::seed_seq sequence(seed.begin(), seed.end());
    engine_.seed(sequence);
  }

  double fraction() {
    std::lock_guard guard{mutex_};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine_);
  }

  std::array<std::uint8_t, 10> ten_bytes() {
    std::lock_guard guard{mutex_};
    std::array<std::uint8_t, 10> out{};
    for (auto& byte : out)
      byte = static_cast<std::uint8_t>(engine_());
    return out;
  }

private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

} // namespace weir::app
