#pragma once

#include <cstdint>

namespace weir::log {

/// The only keys a log line may carry.
enum class key : std::uint8_t {
  job,
  seq,
  epoch,
  event_id,
  type,
  actor,
  node,
  peer,
  source,
  sink,
  handler,
  attempt,
  delay_ms,
  duration_ms,
  bytes,
  count,
  error,
  detail,
  remote,
  request_id,
  path,
  address,
  position,
  percent
};

} // namespace weir::log
