#pragma once

#include "storage/log_reader.hpp"
#include "storage/view_rows.hpp"

#include <optional>
#include <string_view>

namespace weir::storage {

/// Turns rows of the stream index into entries, reading the log. Keeps the
/// last commit: neighbours often share one. One thread.
class stream_reader {
public:
  explicit stream_reader(const log_reader& log) : log_(log) {}

  /// @returns `storage_damaged` when index and log do not say the same.
  [[nodiscard]] result<stream_entry> read(const job_id& job, std::string_view key, std::string_view value);

  /// The entry that a row names, with its body.
  [[nodiscard]] result<stream_entry> read(const job_id& job, sequence seq, const stream_row& row);

  [[nodiscard]] result<const commit_record*> commit(log_position position);

private:
  const log_reader& log_;
  log_position at_ = 0;
  commit_record last_;
};

} // namespace weir::storage
