#pragma once

#include <cstdint>
#include <string>

namespace weir::bench {

/// One way of processing that is measured against the others.
struct processing_plan {
  std::string workload;
  std::string directory;
  std::uint64_t jobs = 10'000;
  std::uint64_t batch = 500;     ///< events that come in together
  std::uint64_t window = 20'000; ///< accepted and unfinished events at most
  double seconds = 3;
};

/// A node without sockets: events go in through INGEST and are finished when
/// their commits are durable.
void measure_actor_tree(const processing_plan& plan);

/// The store alone, called by one thread: the appends of one batch together
/// with the commits of the one before, all made beforehand.
/// @returns log bytes of one batch.
std::uint64_t measure_store_alone(const processing_plan& plan);

/// The same bytes and the rows that readers need, without Weir: pwrite,
/// fdatasync and a RocksDB batch.
void measure_bare_view(const processing_plan& plan, std::uint64_t log_bytes);

/// Jobs of the n-th event: uniform, and the same for all sides.
[[nodiscard]] std::uint64_t job_of(std::uint64_t number, std::uint64_t jobs);

} // namespace weir::bench
