#pragma once

#include "storage/log_format.hpp"
#include "storage/record_codec.hpp"
#include "storage/segment_table.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace weir::storage {

/// Reads single records of the log. Any thread.
class log_reader {
public:
  explicit log_reader(std::shared_ptr<const segment_table> segments) : segments_(std::move(segments)) {}

  /// Every read checks the record's CRC. @returns `storage_damaged`.
  [[nodiscard]] result<event_ptr> event(log_position position) const;
  [[nodiscard]] result<commit_record> commit(log_position position) const;

  /// The bytes of a record's body, of the wanted type.
  [[nodiscard]] result<std::string> body(log_position position, record_type wanted) const;

private:
  std::shared_ptr<const segment_table> segments_;
};

/// Walks the groups of the log from a group's start on.
class log_scanner {
public:
  log_scanner(std::shared_ptr<const segment_table> segments, log_position from);

  enum class outcome : std::uint8_t {
    group, ///< `current` is the next group
    end,   ///< the last segment goes on with nothing but zeros
    broken ///< no whole group at `position`; `reason` says why
  };
  /// An error means that the disk could not be read, or that a newer program
  /// wrote the log (`unsupported`).
  [[nodiscard]] result<outcome> next();

  /// Bytes are valid until the next call.
  [[nodiscard]] const log_group& current() const noexcept {
    return group_;
  }
  /// Number of the next group, once one was read or a segment was entered at its start.
  [[nodiscard]] std::optional<std::uint64_t> expected() const noexcept {
    return expected_;
  }
  /// Where the next group is expected.
  [[nodiscard]] log_position position() const noexcept {
    return position_;
  }
  [[nodiscard]] const std::string& reason() const noexcept {
    return reason_;
  }

  /// Goes on at the next readable group header behind `position`, within the
  /// segment or at the start of a later one. @returns false when there is none.
  [[nodiscard]] result<bool> skip_to_next_group();

private:
  [[nodiscard]] result<std::string_view> window(std::uint64_t offset, std::size_t bytes);
  [[nodiscard]] status enter(log_position position);
  [[nodiscard]] outcome broken(std::string why);
  [[nodiscard]] result<outcome> read_group();
  [[nodiscard]] result<outcome> at_no_group(std::string why);

  std::shared_ptr<const segment_table> segments_;
  log_position position_;
  std::shared_ptr<const posix_file> file_;
  log_position start_ = 0;                  ///< of the segment that `file_` is
  std::optional<log_position> segment_end_; ///< previous_end of the next one
  std::string buffer_;
  std::uint64_t buffer_at_ = 0;
  log_group group_;
  std::string reason_;
  std::optional<std::uint64_t> expected_; ///< number of the next group
};

/// Whether the file holds nothing but zeros from `offset` on; the offset
/// behind the last other byte otherwise.
[[nodiscard]] result<std::uint64_t> end_of_bytes(const posix_file& file, std::uint64_t offset);

} // namespace weir::storage
