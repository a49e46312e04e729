#pragma once

#include "storage/log_reader.hpp"
#include "storage/store.hpp"
#include "storage/stream_row.hpp"
#include "storage/view.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

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

/// Fills a page with the entries behind a number, row by row. What it is given must outlive it.
class page_filler {
public:
  page_filler(stream_page& page, const log_reader& log, const job_id& job, sequence behind, page_limit limit)
      : page_(page), entries_(log), job_(job), behind_(behind), limit_(limit) {}

  /// @returns false when the page is full; `history_trimmed` when numbers in front are missing.
  [[nodiscard]] result<bool> add_row(std::string_view key, std::string_view value);

private:
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] result<bool> add(const stream_place& place);

  stream_page& page_;
  stream_reader entries_;
  const job_id& job_;
  sequence behind_;
  page_limit limit_;
  std::size_t used_ = 0;
};

} // namespace weir::storage
