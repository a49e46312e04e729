#pragma once

#include "storage/log_reader.hpp"
#include "storage/stream_row.hpp"
#include "storage/view.hpp"

#include <optional>

namespace weir::storage {

/// Where the index says that an entry lies; nothing when it does not know the number. The reader has the job's stream.
[[nodiscard]] result<std::optional<stream_place>> find_place(const view::reader& rows, const job_id& job, sequence seq);

/// Turns rows of the stream index into entries, reading the log. Keeps the
/// last commit: neighbours often share one. One thread.
class stream_reader {
public:
  explicit stream_reader(const log_reader& log) : log_(log) {}

  /// The entry at this place, with its body. @returns `storage_damaged` when index and log do not say the same.
  [[nodiscard]] result<stream_entry> read(const job_id& job, const stream_place& place);

  [[nodiscard]] result<const commit_record*> commit(log_position position);

private:
  const log_reader& log_;
  log_position at_ = 0;
  commit_record last_;
};

} // namespace weir::storage
