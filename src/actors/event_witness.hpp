#pragma once

#include "domain/event.hpp"
#include "domain/stream.hpp"

#include <chrono>
#include <vector>

namespace weir::actors {

/// Sees what becomes of single events; `weir dev` prints it. Called by INGEST
/// and by every JOB on their threads, so it must be quick and never block.
class event_witness {
public:
  event_witness() = default;
  event_witness(const event_witness&) = delete;
  event_witness& operator=(const event_witness&) = delete;
  virtual ~event_witness() = default;

  /// In the log; acknowledged once it is durable.
  virtual void accepted(const accepted_event& what) = 0;

  /// Failed; runs again after `wait`.
  virtual void retrying(const accepted_event& what, const attempt& failed, std::chrono::milliseconds wait) = 0;

  /// Committed entries of one job, ascending.
  virtual void committed(const job_id& job, const std::vector<stream_entry>& entries) = 0;
};

} // namespace weir::actors
