#include "processing.hpp"

#include "arguments.hpp"

#include <fmt/format.h>

namespace weir::bench {

std::uint64_t job_of(std::uint64_t number, std::uint64_t jobs) {
  // splitmix64: scatters neighbouring numbers.
  auto z = (number + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return (z ^ (z >> 31)) % jobs;
}

} // namespace weir::bench

int main(int argc, char** argv) {
  using namespace weir::bench;
  const arguments given{argc, argv};
  for (std::uint64_t jobs : {10'000, 100}) {
    processing_plan plan;
    plan.workload = fmt::format("processing, {} jobs", jobs);
    plan.directory = given.text("directory");
    plan.jobs = jobs;
    plan.batch = given.number("batch", plan.batch);
    plan.window = given.number("window", plan.window);
    plan.seconds = given.seconds();
    // For a profiler: only one of the sides.
    if (given.text("only", "") != "store")
      measure_actor_tree(plan);
    if (given.text("only", "") != "tree")
      measure_bare_view(plan, measure_store_alone(plan));
  }
}
