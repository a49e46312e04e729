#pragma once

#include <cstdint>
#include <string>

/// Who may have how many file descriptors: connections must never take those
/// that the log and the view need.
namespace weir::app {

struct descriptor_plan {
  std::uint64_t limit = 0; ///< of the process
  std::uint64_t reserved = 0;
  std::uint64_t connections = 0; ///< most at once: as configured, or what the limit leaves
  int view_files = 0;            ///< part of what is reserved
};

/// @param connections what is configured.
[[nodiscard]] descriptor_plan plan_descriptors(std::uint64_t limit, std::uint64_t connections);

/// Why there are fewer connections than configured.
[[nodiscard]] std::string describe(const descriptor_plan& plan, std::uint64_t configured);

/// Raises the soft limit of the process to the hard one.
/// @returns the limit that holds now.
[[nodiscard]] std::uint64_t raise_descriptor_limit();

} // namespace weir::app
