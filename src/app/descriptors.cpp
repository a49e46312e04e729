#include "app/descriptors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sys/resource.h>

namespace weir::app {

namespace {

/// Segments of the log and what is written at the side, listeners, event
/// loops, standard streams, and connections that are just being refused.
constexpr std::uint64_t for_the_rest = 64;
constexpr std::uint64_t most_view_files = 256;
constexpr std::uint64_t least_view_files = 16;

} // namespace

descriptor_plan plan_descriptors(std::uint64_t limit, std::uint64_t connections) {
  const auto view_files = std::clamp(limit / 4, least_view_files, most_view_files);
  descriptor_plan plan;
  plan.limit = limit;
  plan.reserved = for_the_rest + view_files;
  plan.view_files = static_cast<int>(view_files);
  // Below the reserve nothing is safe any more; a few connections let somebody look.
  const auto left = std::max<std::uint64_t>(limit > plan.reserved ? limit - plan.reserved : 0, 8);
  plan.connections = std::min(connections, left);
  return plan;
}

std::string describe(const descriptor_plan& plan, std::uint64_t configured) {
  return fmt::format("http.max_connections is {}, but the process may open {} files, of which {} are for the store",
                     configured, plan.limit, plan.reserved);
}

std::uint64_t raise_descriptor_limit() {
  struct rlimit now {};
  if (::getrlimit(RLIMIT_NOFILE, &now) != 0)
    return 1'024; // what systems give when nobody asks
  auto raised = now;
  raised.rlim_cur = now.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : now.rlim_cur;
}

} // namespace weir::app
