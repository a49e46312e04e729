#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace weir::storage {

/// One thing that `verify` found wrong.
struct finding {
  job_id job;       ///< "" when it concerns no job, or it is not known which
  sequence seq = 0; ///< 0: none, or not known
  std::string what;
  std::string file = {};     ///< "" when it is not in a file
  log_position position = 0; ///< of the record or group in the log; 0: none
};

struct verify_report {
  static constexpr std::size_t most_kept = 1'000;

  std::uint64_t jobs = 0;
  std::uint64_t entries = 0;
  std::uint64_t log_records = 0;
  log_position position = 0;     ///< up to here; 0 when nothing was ever written
  std::string digest = {};       ///< of all that the view holds; "" when something is wrong with it
  std::uint64_t found = 0;       ///< all findings
  std::vector<finding> findings; ///< the first `most_kept` of them

  void add(finding one) {
    if (found++ < most_kept)
      findings.push_back(std::move(one));
  }
};

/// Told now and then how far `verify` is, in bytes. @returns false to stop it.
using verify_progress = std::function<bool(std::uint64_t done, std::uint64_t total)>;

/// What a run answers that was told to stop.
[[nodiscard]] inline error verification_stopped() {
  return fail(errc::timed_out, "the verification was stopped");
}

} // namespace weir::storage
