#pragma once

#include "storage/segment_table.hpp"
#include "storage/view.hpp"

#include <memory>
#include <string>

namespace weir::storage {

/// Acknowledged bytes of the log that cannot be trusted: [from, to).
struct damage {
  log_position from = 0;
  log_position to = 0;
  std::string why;
};

/// One sentence for the operator: file, positions, and which jobs and numbers
/// are concerned as far as that can still be known: from the view, from later
/// commits that name events in the range, and from what can be read in it.
/// Ten jobs are named and all are counted.
/// @param rows may be null.
[[nodiscard]] std::string describe(const damage& what, const std::shared_ptr<const segment_table>& segments,
                                   const view* rows);

/// Which jobs and numbers the bytes of the range still tell of.
struct concerned_range {
  std::string text; ///< half a sentence
  job_id job;       ///< "" unless there is just one
  sequence seq = 0; ///< its lowest number; 0: none is known
};
[[nodiscard]] concerned_range concerned(const damage& what, const segment_table& segments);

} // namespace weir::storage
