#pragma once

#include "domain/result.hpp"
#include "domain/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Rows of the stream index. One stands for all entries of a commit, under the
/// number of the last one: the first row from a number on holds that number.
/// Up to view format 2 each entry had a row of its own; those are read as well.
namespace weir::storage {

/// Where an entry of a stream lies in the log.
struct stream_place {
  sequence seq = 0;
  entry_kind kind = entry_kind::event;
  log_position event = 0;    ///< of the accepted event; 0 for others
  log_position commit = 0;   ///< of the commit that made the entry
  std::uint32_t ordinal = 0; ///< of the entry in it
};

/// The value of the row of a commit at this position.
[[nodiscard]] std::string encode_stream_row(log_position commit, const std::vector<stream_entry>& entries);

/// The entries that a row stands for, ascending. @returns `storage_damaged`.
[[nodiscard]] result<std::vector<stream_place>> decode_stream_row(std::string_view key, std::string_view value);

/// Only where the commit lies; nothing when the value does not decode that far.
[[nodiscard]] std::optional<log_position> commit_of_stream_row(std::string_view value);

/// The value of a row of one entry, as formats 1 and 2 had it: what digests are made of.
[[nodiscard]] std::string encode_single_entry(const stream_place& place);

} // namespace weir::storage
