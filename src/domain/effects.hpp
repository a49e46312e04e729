#pragma once

#include "domain/stream.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace weir {

/// An event that a handler asks for, in the job of its cause.
struct emitted_event {
  std::string type;
  std::string data; ///< JSON text
  friend bool operator==(const emitted_event&, const emitted_event&) = default;
};

/// An event that a handler asks for in another job.
struct sent_event {
  job_id job;
  std::string type;
  std::string data; ///< JSON text
  friend bool operator==(const sent_event&, const sent_event&) = default;
};

/// A row that a handler asks a sink to deliver.
struct wanted_row {
  std::string sink;
  std::string row; ///< JSON text
  friend bool operator==(const wanted_row&, const wanted_row&) = default;
};

/// An event into the same job that a handler asks for at a later time.
struct delayed_event {
  std::chrono::milliseconds after{0}; ///< since the cause was accepted
  std::string type;
  std::string data; ///< JSON text
  friend bool operator==(const delayed_event&, const delayed_event&) = default;
};

/// What one handler wants to become true; committed with the cursor or not at all.
struct effects {
  std::vector<record_put> records;
  std::vector<emitted_event> emitted;
  std::vector<sent_event> sent;
  std::vector<wanted_row> rows;
  std::vector<delayed_event> delayed;
  std::optional<std::string> state; ///< JSON text; "null" erases
  friend bool operator==(const effects&, const effects&) = default;
};

} // namespace weir
