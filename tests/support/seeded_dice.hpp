#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace weir::testing {

/// The chance of a random test: the same seed draws the same numbers.
class seeded_dice {
public:
  explicit seeded_dice(std::uint64_t seed) : source_(seed) {
    // nop
  }

  /// @returns a number in [0, below).
  std::uint64_t draw(std::uint64_t below) {
    return source_() % below;
  }

  /// Once in `times`.
  bool once_in(std::uint64_t times) {
    return draw(times) == 0;
  }

private:
  std::mt19937_64 source_;
};

/// Which seeds a random test plays.
struct seed_range {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
};

/// `<name>_SEED` plays one seed again, `<name>_SEEDS` as many as it says.
[[nodiscard]] inline seed_range seeds_to_play(const std::string& name, std::uint64_t usually) {
  const auto number = [](const std::string& variable, std::uint64_t otherwise) {
    const auto* text = std::getenv(variable.c_str());
    return text ? std::stoull(text) : otherwise;
  };
  const auto is_one = std::getenv((name + "_SEED").c_str()) != nullptr;
  return {number(name + "_SEED", 1), number(name + "_SEEDS", is_one ? 1 : usually)};
}

} // namespace weir::testing
