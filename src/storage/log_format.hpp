#pragma once

#include "domain/event.hpp"
#include "domain/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Bytes of the log: segments hold groups, groups hold records. Described
/// byte by byte in docs/storage-format.md.
namespace weir::storage {

using store_uuid = std::array<std::uint8_t, 16>;

inline constexpr std::uint32_t log_format_version = 1;
inline constexpr std::size_t segment_header_bytes = 128;
inline constexpr std::size_t group_header_bytes = 40;
inline constexpr std::size_t record_header_bytes = 9;
inline constexpr std::size_t log_alignment = 8;
inline constexpr log_position first_log_position = segment_header_bytes;
inline constexpr std::string_view group_magic = "WGRP";

/// What a record stands for. Never renumbered.
enum class record_type : std::uint8_t {
  event = 1,         ///< an accepted event
  commit = 2,        ///< what one job wanted to become true
  letter_closed = 3, ///< a dead letter was replayed, discarded or opened again
  answer = 4,        ///< what an idempotency key was answered
  timer_fired = 5,   ///< a timer's event was accepted, or had been before
  delivered = 6,     ///< rows that a sink has
};
inline constexpr auto last_record_type = record_type::delivered;

/// What a group holds that the first programs did not know, as bits of its
/// header. A program refuses a group with a bit that it does not know.
enum class group_feature : std::uint32_t {
  none = 0,
  effects = 1, ///< events with hops, sent events, rows, timers, record types 5 and 6, discards taken back
};
inline constexpr std::uint32_t known_group_features = 1;

struct segment_header {
  store_uuid store_id{};
  store_uuid incarnation{};
  log_position start = 0;          ///< position of the first group
  log_position previous_start = 0; ///< of the segment before; 0 for the first
  log_position previous_end = 0;   ///< where the segment before ends: `start`, unless data was given up
  std::uint64_t first_group = 1;   ///< number of the first group
  timestamp created{};
};

[[nodiscard]] std::string encode_segment_header(const segment_header& header);
/// @returns `unsupported` for a newer format, `storage_damaged` otherwise.
[[nodiscard]] result<segment_header> decode_segment_header(std::string_view bytes);

struct group_header {
  std::uint64_t number = 0;
  std::uint64_t bytes = 0; ///< with this header; a multiple of 8
  std::uint32_t records = 0;
  std::uint32_t features = 0; ///< bits of `group_feature`
  timestamp at{};
};

/// @returns nothing readable: `storage_damaged`; `unsupported` for an unknown feature.
[[nodiscard]] result<group_header> decode_group_header(std::string_view bytes, log_position position);

/// One record, bytes borrowed.
struct log_record {
  record_type type{};
  log_position position = 0;
  std::string_view body;
};

/// One group that was written and synced as a whole, bytes borrowed.
struct log_group {
  log_position position = 0;
  group_header header;
  std::vector<log_record> records;
};

/// What a record takes in the log, padding included.
[[nodiscard]] std::uint64_t record_extent(std::size_t body_bytes) noexcept;

/// The bytes of a record that lies at `position`, filled up to its extent.
[[nodiscard]] std::string encode_record(record_type type, log_position position, std::string_view body);

/// Reads one record. @param bytes begins at the record, may go on behind it.
/// @returns `storage_damaged`, or `unsupported` for an unknown type.
[[nodiscard]] result<log_record> decode_record(std::string_view bytes, log_position position);

/// Reads a whole group, checking every record.
[[nodiscard]] result<log_group> decode_group(std::string_view bytes, log_position position);

/// Records of a group that can still be read although the group cannot.
[[nodiscard]] std::vector<log_record> salvage_records(std::string_view bytes, log_position position);

/// Most of a group's memory that the next one takes over.
inline constexpr std::size_t most_spare = std::size_t{4} << 20;

/// Collects the records of one group.
class group_builder {
public:
  /// @param spare its memory is used again.
  group_builder(log_position position, std::uint64_t number, std::string spare = {});

  /// @returns where the record will lie.
  log_position add(record_type type, std::string_view body, group_feature needed = group_feature::none);

  /// Where the next record will lie.
  [[nodiscard]] log_position next() const noexcept {
    return position_ + bytes_.size();
  }

  [[nodiscard]] bool empty() const noexcept {
    return records_ == 0;
  }
  [[nodiscard]] std::uint64_t number() const noexcept {
    return number_;
  }

  /// The bytes of the group; call once.
  [[nodiscard]] std::string finish(timestamp at);

private:
  log_position position_;
  std::uint64_t number_;
  std::uint32_t records_ = 0;
  std::uint32_t features_ = 0;
  std::string bytes_;
};

} // namespace weir::storage
